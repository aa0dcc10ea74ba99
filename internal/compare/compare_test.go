package compare_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare"
	"github.com/petri-dev/petri/internal/tree"
)

// blobs is what the comparison reads.
type blobs map[petri.Digest][]byte

func (b blobs) put(content []byte) (petri.Digest, error) {
	d := petri.DigestBytes(content)
	b[d] = bytes.Clone(content)
	return d, nil
}

func (b blobs) open(_ context.Context, d petri.Digest) (io.ReadCloser, error) {
	content, ok := b[d]
	if !ok {
		return nil, petri.Errorf(petri.NotFound, "there is no blob %s", d.Short())
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

func (b blobs) tree(t *testing.T, files map[string]string) petri.Digest {
	t.Helper()
	var leaves []tree.Leaf
	for path, content := range files {
		d, _ := b.put([]byte(content))
		leaves = append(leaves, tree.Leaf{Path: path, Kind: tree.File, Size: int64(len(content)), Digest: d})
	}
	root, _, _, err := tree.Build(leaves, b.put)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// log is a log in which each output is one frame of stdout, with words on stderr between.
func (b blobs) log(outputs ...string) petri.Digest {
	var text []byte
	frame := func(stream byte, data string) {
		header := make([]byte, petri.LogHeaderSize)
		petri.PutLogHeader(header, stream, time.Unix(int64(len(text)), 0), len(data))
		text = append(append(text, header...), data...)
	}
	for i, output := range outputs {
		for piece := range slices.Chunk([]byte(output), petri.MaxLogFrame) {
			frame(petri.Stdout, string(piece))
		}
		frame(petri.Stderr, fmt.Sprintf("noise %d of %d\n", i, len(outputs)))
	}
	d, _ := b.put(text)
	return d
}

func (b blobs) packages(rows ...petri.Package) petri.Digest {
	d, _ := b.put(petri.NewPackageList(rows).Encode())
	return d
}

func (b blobs) change(path, change, content string) petri.ResultChange {
	if change == "removed" {
		return petri.ResultChange{Path: path, Change: change}
	}
	d, _ := b.put([]byte(content))
	return petri.ResultChange{Path: path, Change: change, Bytes: int64(len(content)), Digest: d}
}

func sealed(number int) petri.Run {
	return petri.Run{
		Ref: petri.RunRef{Project: petri.ProjectRef{Owner: "a", Name: "p"}, Number: number}, Status: petri.RunSucceeded,
		Spec:  petri.RunSpec{Command: []string{"Rscript", "main.R"}, CPUs: 1, MemoryBytes: 1 << 30, Network: petri.NetworkDefault},
		Image: petri.DigestBytes([]byte("image")), Environment: petri.EnvironmentRef{Owner: "a", Name: "r", Revision: 1},
	}
}

func TestSameRuns(t *testing.T) {
	b := blobs{}
	a := sealed(1)
	a.ResultChanges = []petri.ResultChange{b.change("out.csv", "added", "1\n"), b.change("old", "removed", "")}
	a.Log = b.log("one\n", "two\n")
	other := a
	other.Ref.Number = 2
	other.Log = b.log("one\nt", "wo\n") // the same text in other pieces at other times
	code := b.tree(t, map[string]string{"main.R": "x"})
	c, err := compare.Runs(context.Background(), compare.Side{Run: a, Code: code}, compare.Side{Run: other, Code: code}, petri.Rules{}, b.open)
	if err != nil {
		t.Fatal(err)
	}
	want := petri.Comparison{
		Verdict: petri.Same, A: a.Ref, B: other.Ref, Settings: []petri.FieldChange{}, Facts: []petri.FieldChange{}, Code: []petri.PathChange{},
		Packages: []petri.PackageChange{}, Metrics: []petri.MetricComparison{},
		Results: []petri.FileComparison{{Path: "old", Verdict: petri.Same}, {Path: "out.csv", Verdict: petri.Same}},
		Stdout:  petri.OutputComparison{Verdict: petri.Same},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
}

func TestWhatExplainsIsNoVerdict(t *testing.T) {
	b := blobs{}
	a, other := sealed(1), sealed(2)
	other.Spec.CPUs, other.Spec.Variables = 2, map[string]string{"SEED": "1"}
	other.Environment.Revision, other.Image = 2, petri.DigestBytes([]byte("newer"))
	a.PackagesBefore = b.packages(petri.Package{Ecosystem: "r", Name: "survival", Version: "3.2"})
	other.PackagesBefore = b.packages(petri.Package{Ecosystem: "r", Name: "survival", Version: "3.5"})
	before := b.tree(t, map[string]string{"main.R": "one\ntwo\n", "gone": "x", "b/blob": "\x00"})
	after := b.tree(t, map[string]string{"main.R": "one\n2\n", "new": "y", "b/blob": "\x00\x01"})
	c, err := compare.Runs(context.Background(), compare.Side{Run: a, Code: before}, compare.Side{Run: other, Code: after}, petri.Rules{}, b.open)
	if err != nil {
		t.Fatal(err)
	}
	if c.Verdict != petri.Same {
		t.Errorf("verdict %s", c.Verdict)
	}
	settings := map[string]string{}
	for _, s := range c.Settings {
		settings[s.Field] = s.A + "→" + s.B
	}
	if settings["cpus"] != "1→2" || settings["variables.SEED"] != "→1" || settings["environment"] != "a/r@1→a/r@2" || len(settings) != 4 {
		t.Errorf("settings %v", settings)
	}
	if len(c.Packages) != 1 || c.Packages[0].A != "3.2" || c.Packages[0].B != "3.5" {
		t.Errorf("packages %+v", c.Packages)
	}
	changes := map[string]string{}
	for _, p := range c.Code {
		changes[p.Path] = p.Change
		if p.Path == "main.R" && !strings.Contains(p.Hunks, "-two\n+2\n") {
			t.Errorf("hunks %q", p.Hunks)
		}
		if p.Path == "b/blob" && p.Hunks != "" {
			t.Errorf("hunks of a binary file: %q", p.Hunks)
		}
	}
	if diff := cmp.Diff(map[string]string{"main.R": "changed", "gone": "removed", "new": "added", "b/blob": "changed"}, changes); diff != "" {
		t.Error(diff)
	}
}

func TestDifferentRuns(t *testing.T) {
	long := strings.Repeat("x", 2<<20)
	tests := []struct {
		name   string
		alter  func(b blobs, a, other *petri.Run)
		result *petri.FileComparison
		stdout petri.OutputComparison
	}{
		{"exit code", func(_ blobs, _, other *petri.Run) { other.Status, other.Outcome.ExitCode = petri.RunFailed, 1 }, nil, petri.OutputComparison{Verdict: petri.Same}},
		{"text", func(b blobs, a, other *petri.Run) {
			a.ResultChanges = []petri.ResultChange{b.change("t", "added", "1\n2\n3\n")}
			other.ResultChanges = []petri.ResultChange{b.change("t", "added", "1\n2\n4\n5\n")}
		}, &petri.FileComparison{Path: "t", Verdict: petri.Different, Kind: "text", Summary: "2 lines added, 1 removed"}, petri.OutputComparison{Verdict: petri.Same}},
		{"binary", func(b blobs, a, other *petri.Run) {
			a.ResultChanges = []petri.ResultChange{b.change("t", "added", "\x00")}
			other.ResultChanges = []petri.ResultChange{b.change("t", "added", "\x01\x00")}
		}, &petri.FileComparison{Path: "t", Verdict: petri.Different, Kind: "binary", Summary: "1 byte in A, 2 in B, different from byte 1 on"}, petri.OutputComparison{Verdict: petri.Same}},
		{"long", func(b blobs, a, other *petri.Run) {
			a.ResultChanges = []petri.ResultChange{b.change("t", "added", long+"a")}
			other.ResultChanges = []petri.ResultChange{b.change("t", "added", long+"b")}
		}, &petri.FileComparison{Path: "t", Verdict: petri.Different, Kind: "text", Summary: "1 line added, 1 removed"}, petri.OutputComparison{Verdict: petri.Same}},
		{"only in one", func(b blobs, a, _ *petri.Run) {
			a.ResultChanges = []petri.ResultChange{b.change("t", "added", "1")}
		}, &petri.FileComparison{Path: "t", Verdict: petri.Different, Summary: "only in A: added, 1 byte"}, petri.OutputComparison{Verdict: petri.Same}},
		{"removed in one", func(b blobs, a, other *petri.Run) {
			a.ResultChanges = []petri.ResultChange{b.change("t", "changed", "1")}
			other.ResultChanges = []petri.ResultChange{b.change("t", "removed", "")}
		}, &petri.FileComparison{Path: "t", Verdict: petri.Different, Summary: "only in A: changed, 1 byte; removed in B"}, petri.OutputComparison{Verdict: petri.Same}},
		{"output", func(b blobs, a, other *petri.Run) {
			a.Log, other.Log = b.log("one\ntwo\nthree\n"), b.log("one\n2\nthree\nfour")
		}, nil, petri.OutputComparison{Verdict: petri.Different, Added: 2, Removed: 1}},
		{"no output", func(b blobs, a, _ *petri.Run) { a.Log = b.log("one\n--- two\n") }, nil, petri.OutputComparison{Verdict: petri.Different, Removed: 2}},
		{"very much output", func(b blobs, a, other *petri.Run) {
			lines := strings.Repeat("line\n", 100_000)
			pieces := []string{lines, lines, lines}
			a.Log, other.Log = b.log(append(pieces, "a\n"+strings.Repeat(long, 5))...), b.log(append(pieces, "b\nc\n")...)
		}, nil, petri.OutputComparison{Verdict: petri.Different, Added: 2, Removed: 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := blobs{}
			a, other := sealed(1), sealed(2)
			test.alter(b, &a, &other)
			c, err := compare.Runs(context.Background(), compare.Side{Run: a}, compare.Side{Run: other}, petri.Rules{}, b.open)
			if err != nil {
				t.Fatal(err)
			}
			if c.Verdict != petri.Different {
				t.Errorf("verdict %s", c.Verdict)
			}
			if test.result != nil {
				got := c.Results[0]
				got.Hunks, got.MaxAbs, got.MaxRel = "", nil, nil // of which the comparers' own tests tell
				if diff := cmp.Diff(*test.result, got); diff != "" {
					t.Error(diff)
				}
			}
			c.Stdout.Hunks = ""
			if diff := cmp.Diff(test.stdout, c.Stdout); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMissingBlob(t *testing.T) {
	b := blobs{}
	a, other := sealed(1), sealed(2)
	a.Log = petri.DigestBytes([]byte("gone"))
	if _, err := compare.Runs(context.Background(), compare.Side{Run: a}, compare.Side{Run: other}, petri.Rules{}, b.open); petri.KindOf(err) != petri.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestRevisions(t *testing.T) {
	b := blobs{}
	one := petri.Revision{
		Ref: petri.EnvironmentRef{Owner: "a", Name: "r", Revision: 1}, Status: petri.BuildReady,
		Definition: petri.Definition{Base: petri.Base{Kind: petri.BaseImage, Ref: "debian:12", Digest: "sha256:1"}, Instructions: "RUN a\nRUN b", Variables: map[string]string{"A": "1", "B": "2"}},
		Image:      petri.Image{Packages: b.packages(petri.Package{Ecosystem: "deb", Name: "r-base", Version: "4.2"})},
	}
	two := one
	two.Ref.Revision = 2
	two.Definition.Instructions = "RUN a\nRUN c\n"
	two.Definition.Variables = map[string]string{"A": "2", "B": "2"}
	two.Definition.Files = b.tree(t, map[string]string{"renv.lock": "{}"})
	two.Image.Packages = b.packages(petri.Package{Ecosystem: "deb", Name: "r-base", Version: "4.5"})
	d, err := compare.Revisions(context.Background(), one, two, b.open)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]petri.FieldChange{{Field: "variables.A", A: "1", B: "2"}}, d.Settings); diff != "" {
		t.Error(diff)
	}
	if len(d.Facts) != 0 || d.Packages[0].Direction != "upgrade" {
		t.Errorf("got %+v", d)
	}
	if !strings.Contains(d.Instructions, " RUN a\n-RUN b\n+RUN c\n") || len(d.Files) != 1 || len(d.Packages) != 1 {
		t.Errorf("got %+v", d)
	}
	for revision, libc := range map[*petri.Revision]string{&one: "glibc 2.36", &two: "glibc 2.41"} {
		revision.Image.Facts, _ = b.put(petri.NewFacts([]petri.Fact{{Name: petri.FactLibc, Value: libc}, {Name: petri.FactLocale, Value: "C"}}).Encode())
	}
	if d, err = compare.Revisions(context.Background(), one, two, b.open); err != nil || cmp.Diff([]petri.FieldChange{{Field: "libc", A: "glibc 2.36", B: "glibc 2.41"}}, d.Facts) != "" {
		t.Errorf("%v, %+v", err, d.Facts)
	}
	same, err := compare.Revisions(context.Background(), one, one, b.open)
	if err != nil || same.Instructions != "" || len(same.Settings)+len(same.Files)+len(same.Packages) != 0 {
		t.Errorf("with itself: %+v, %v", same, err)
	}
	one.Status = petri.BuildFailed
	if d, err = compare.Revisions(context.Background(), one, two, b.open); err != nil || len(d.Packages) != 0 {
		t.Errorf("one that is not ready: %+v, %v", d, err)
	}
}
