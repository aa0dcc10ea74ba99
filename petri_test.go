package petri_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
)

func TestDigest(t *testing.T) {
	const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	d := petri.DigestBytes(nil)
	if d != empty || petri.DigestSum(d.Sum()) != d || d.Short() != "e3b0c44298fc" {
		t.Errorf("digest of nothing is %s, short %s", d, d.Short())
	}
	if got, err := petri.ParseDigest(empty); err != nil || got != d {
		t.Errorf("ParseDigest: %v, %v", got, err)
	}
	for _, bad := range []string{"", "sha256:", empty[7:], strings.ToUpper(empty), empty + "0", "sha512:" + empty[7:], empty[:70] + "z"} {
		if _, err := petri.ParseDigest(bad); petri.KindOf(err) != petri.Invalid {
			t.Errorf("ParseDigest(%q): %v; want kind invalid", bad, err)
		}
	}
}

func TestErrorsSpeakToPeople(t *testing.T) {
	cause := errors.New("open /secret/path: no such file")
	err := fmt.Errorf("stage: %w", petri.Wrap(petri.Exhausted, cause, "the disk is full"))
	if petri.KindOf(err) != petri.Exhausted || petri.MessageOf(err) != "the disk is full" || !errors.Is(err, cause) {
		t.Errorf("kind %s, message %q", petri.KindOf(err), petri.MessageOf(err))
	}
	if plain := errors.New("SELECT failed"); petri.KindOf(plain) != petri.Internal || strings.Contains(petri.MessageOf(plain), "SELECT") {
		t.Errorf("an unknown error gives itself away: %q", petri.MessageOf(plain))
	}
	if err := fmt.Errorf("wait: %w", context.Canceled); petri.KindOf(err) != petri.Canceled {
		t.Errorf("a cancelled context is %s", petri.KindOf(err))
	}
}

func TestCommitsKeepTheirIdentity(t *testing.T) {
	c := petri.Commit{
		Tree: petri.DigestBytes([]byte("tree")), Author: "ada", Message: "first\n\nlong", Files: 2, Bytes: 7,
		Parents: []petri.CommitID{petri.CommitID(petri.DigestBytes([]byte("p")).Hex())}, Git: &petri.GitState{Commit: "abc", Dirty: true},
		CreatedAt: time.Date(2026, 11, 23, 10, 0, 0, 123456000, time.UTC),
	}
	back, err := petri.DecodeCommit(c.Encode())
	if err != nil || cmp.Diff(c, back) != "" || back.ID() != c.ID() || back.Subject() != "first" {
		t.Fatalf("decoded: %v, %s", err, cmp.Diff(c, back))
	}
	for name, bad := range map[string]string{
		"no JSON": "x", "another type": strings.Replace(string(c.Encode()), "commit/1", "commit/2", 1),
		"spaces": strings.Replace(string(c.Encode()), `,"`, `, "`, 1), "bad tree": strings.Replace(string(c.Encode()), "sha256:", "sha256;", 1),
	} {
		if _, err := petri.DecodeCommit([]byte(bad)); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%s: %v; want kind invalid", name, err)
		}
	}
}

func TestPackageListText(t *testing.T) {
	list := petri.NewPackageList([]petri.Package{
		{Ecosystem: "python", Name: "numpy", Version: "1.24.2", Location: "/usr/lib/python3/dist-packages"},
		{Ecosystem: "deb", Name: "zlib1g", Version: "1:1.2.13"},
		{Ecosystem: "deb", Name: "zlib1g", Version: "1:1.2.13"},
		{Ecosystem: "r", Name: "odd", Version: "1", Location: "/a\tb\\c\nd"},
	})
	back, err := petri.DecodePackageList(list.Encode())
	if err != nil || cmp.Diff(list, back) != "" || len(list) != 3 {
		t.Errorf("%v, %s", err, cmp.Diff(list, back))
	}
	for _, bad := range []string{"", "deb\ta\t1\t\n", string(list.Encode()) + "deb\ta\n"} {
		if _, err := petri.DecodePackageList([]byte(bad)); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%q: %v; want kind invalid", bad, err)
		}
	}
}

func TestDiffPackages(t *testing.T) {
	a := petri.NewPackageList([]petri.Package{{"deb", "r-base", "4.0.4", "", ""}, {"deb", "gone", "1", "", ""}, {"python", "x", "1", "/a", ""}})
	b := petri.NewPackageList([]petri.Package{{"deb", "r-base", "4.5.0", "", ""}, {"deb", "new", "2", "", ""}, {"python", "x", "1", "/b", ""}})
	want := []petri.PackageChange{
		{Ecosystem: "deb", Name: "gone", A: "1", Change: "removed"}, {Ecosystem: "deb", Name: "new", B: "2", Change: "added"},
		{Ecosystem: "deb", Name: "r-base", A: "4.0.4", B: "4.5.0", Change: "changed"},
	}
	if diff := cmp.Diff(want, petri.DiffPackages(a, b)); diff != "" {
		t.Error(diff)
	}
}

func TestLogFrames(t *testing.T) {
	var log bytes.Buffer
	at := time.UnixMicro(1_700_000_000_000_001).UTC()
	for _, piece := range []string{"one\n", "", "two"} {
		header := make([]byte, petri.LogHeaderSize)
		petri.PutLogHeader(header, petri.Stderr, at, len(piece))
		log.Write(header)
		log.WriteString(piece)
	}
	whole := log.Bytes()
	for cut := range len(whole) {
		read := petri.NewLogReader(bytes.NewReader(whole[:cut]))
		for {
			frame, err := read.Next()
			if err == io.EOF {
				break
			}
			if err != nil || frame.Stream != petri.Stderr || !frame.Time.Equal(at) {
				t.Fatalf("cut at %d: %+v, %v", cut, frame, err)
			}
		}
	}
	if _, err := petri.NewLogReader(strings.NewReader("this is no log at all")).Next(); petri.KindOf(err) != petri.Invalid {
		t.Errorf("arbitrary bytes: %v; want kind invalid", err)
	}
}

func TestEveryStateCanEnd(t *testing.T) {
	for _, s := range petri.RunStatuses() {
		if s.Sealed() && !s.Ended() {
			t.Errorf("%s is sealed and goes on", s)
		}
		if !s.Ended() && !s.CanBecome(petri.RunError) {
			t.Errorf("%s cannot become error: Petri's own trouble would leave it stuck", s)
		}
	}
	for _, s := range petri.BuildStatuses() {
		if !s.Ended() && !s.CanBecome(petri.BuildCanceled) {
			t.Errorf("%s cannot be cancelled", s)
		}
	}
}

func TestRunSpecCheck(t *testing.T) {
	good := petri.RunSpec{Command: []string{"true"}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*petri.RunSpec){
		"no command": func(s *petri.RunSpec) { s.Command = nil }, "empty command": func(s *petri.RunSpec) { s.Command = []string{""} },
		"NUL": func(s *petri.RunSpec) { s.Command = []string{"a\x00"} }, "long": func(s *petri.RunSpec) { s.Command = []string{strings.Repeat("x", 1<<18)} },
		"negative cpus": func(s *petri.RunSpec) { s.CPUs = -1 }, "NaN cpus": func(s *petri.RunSpec) { s.CPUs = math.NaN() }, "absurd cpus": func(s *petri.RunSpec) { s.CPUs = 1e9 },
		"tiny memory": func(s *petri.RunSpec) { s.MemoryBytes = 1 }, "negative memory": func(s *petri.RunSpec) { s.MemoryBytes = -1 }, "absurd memory": func(s *petri.RunSpec) { s.MemoryBytes = math.MaxInt64 },
		"gpus": func(s *petri.RunSpec) { s.GPUs = -1 }, "timeout": func(s *petri.RunSpec) { s.Timeout = -1 }, "network": func(s *petri.RunSpec) { s.Network = "host" },
		"variable": func(s *petri.RunSpec) { s.Variables = map[string]string{"A B": ""} }, "own variable": func(s *petri.RunSpec) { s.Variables = map[string]string{"PETRI_RUN": ""} },
		"tag": func(s *petri.RunSpec) { s.Tags = []string{""} }, "tags": func(s *petri.RunSpec) { s.Tags = make([]string, 99) }, "title": func(s *petri.RunSpec) { s.Title = strings.Repeat("t", 300) },
	} {
		s := good
		change(&s)
		if err := s.Check(); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%s: %v; want kind invalid", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("# petri packages 1: ecosystem, name, version, location; separated by tabs\ndeb\ta\t1\t\n"))
	f.Add(petri.Commit{Tree: petri.DigestBytes(nil)}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := petri.DecodeCommit(b); err == nil && !bytes.Equal(c.Encode(), b) {
			t.Fatal("a commit decoded from bytes that are not its own")
		}
		if list, err := petri.DecodePackageList(b); err == nil {
			if again, err := petri.DecodePackageList(list.Encode()); err != nil || cmp.Diff(list, again) != "" {
				t.Fatalf("a package list does not survive encoding: %v", err)
			}
		}
		for r := petri.NewLogReader(bytes.NewReader(b)); ; {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	})
}
