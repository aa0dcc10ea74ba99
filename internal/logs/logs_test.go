package logs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/logs"
)

var start = time.UnixMicro(1_790_000_000_000_000).UTC()

// frames is a log whose frames are a second apart.
func frames(pieces ...string) []byte {
	var log bytes.Buffer
	for i, piece := range pieces {
		header := make([]byte, petri.LogHeaderSize)
		petri.PutLogHeader(header, petri.Stdout, start.Add(time.Duration(i)*time.Second), len(piece))
		log.Write(header)
		log.WriteString(piece)
	}
	return log.Bytes()
}

func text(t *testing.T, log io.Reader) string {
	t.Helper()
	var out strings.Builder
	for r := petri.NewLogReader(log); ; {
		frame, err := r.Next()
		if err == io.EOF {
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		out.Write(frame.Data)
	}
}

func TestFollowSeesAllThatIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var ended atomic.Bool
	const readers = 5
	got := make(chan string, readers)
	for range readers {
		go func() {
			log := logs.Follow(context.Background(), logs.Following{Path: path, Ended: ended.Load})
			defer log.Close()
			all, err := io.ReadAll(log)
			if err != nil {
				t.Error(err)
			}
			got <- string(all)
		}()
	}
	time.Sleep(20 * time.Millisecond) // the file appears only now
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for i := range 200 {
		line := strings.Repeat("x", i) + "\n"
		want.WriteString(line)
		if _, err := file.WriteString(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	ended.Store(true)
	for range readers {
		if all := <-got; all != want.String() {
			t.Errorf("a reader saw %d bytes of %d", len(all), want.Len())
		}
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	log := logs.Follow(ctx, logs.Following{Path: filepath.Join(t.TempDir(), "never"), Ended: func() bool { return false }})
	defer log.Close()
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := io.ReadAll(log); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read gave %v", err)
	}
}

func TestWakeAsksAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("all"), 0o600); err != nil {
		t.Fatal(err)
	}
	wake := make(chan struct{}, 1)
	var ended atomic.Bool
	log := logs.Follow(context.Background(), logs.Following{Path: path, From: 1, Ended: ended.Load, Wake: wake})
	defer log.Close()
	time.AfterFunc(30*time.Millisecond, func() { ended.Store(true); wake <- struct{}{} })
	if all, err := io.ReadAll(log); string(all) != "ll" || err != nil {
		t.Errorf("read %q, %v", all, err)
	}
}

func TestPositions(t *testing.T) {
	whole := frames("one\ntwo\n", "three\n", "", "fo", "ur\nfive")
	cut := whole[:len(whole)-2]
	for _, c := range []struct {
		log   []byte
		lines int
		want  string
	}{
		{whole, 1, "five"}, {whole, 2, "four\nfive"}, {whole, 3, "three\nfour\nfive"}, {whole, 4, "two\nthree\nfour\nfive"},
		{whole, 5, "one\ntwo\nthree\nfour\nfive"}, {whole, 99, "one\ntwo\nthree\nfour\nfive"}, {whole, 0, ""},
		{cut, 1, "fo"}, {nil, 3, ""}, {frames("a\n", "b\n"), 1, "b\n"}, {frames("a\nb\n"), 1, "b\n"},
	} {
		first, from, err := logs.Tail(bytes.NewReader(c.log), c.lines)
		if err != nil {
			t.Fatal(err)
		}
		rest := io.NewSectionReader(bytes.NewReader(c.log), from, int64(len(c.log)))
		if got := text(t, io.MultiReader(bytes.NewReader(first), rest)); got != c.want {
			t.Errorf("the last %d lines are %q, want %q", c.lines, got, c.want)
		}
	}
	for seconds, want := range map[int]string{-1: "one\ntwo\nthree\nfour\nfive", 1: "three\nfour\nfive", 4: "ur\nfive", 5: ""} {
		from, err := logs.Since(bytes.NewReader(whole), start.Add(time.Duration(seconds)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(t, bytes.NewReader(whole[from:])); got != want {
			t.Errorf("since %d s: %q, want %q", seconds, got, want)
		}
	}
	for _, f := range []func() error{
		func() error { _, _, err := logs.Tail(strings.NewReader(strings.Repeat("no log", 9)), 1); return err },
		func() error { _, err := logs.Since(strings.NewReader(strings.Repeat("no log", 9)), start); return err },
	} {
		if err := f(); petri.KindOf(err) != petri.Invalid {
			t.Errorf("positions in what is no log: %v", err)
		}
	}
}

func TestSealDropsACutFrame(t *testing.T) {
	whole := frames("kept\n")
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, append(bytes.Clone(whole), frames("cut")[:14]...), 0o600); err != nil {
		t.Fatal(err)
	}
	var adopted []byte
	adopt := func(_ context.Context, path string) (petri.Digest, int64, error) {
		b, err := os.ReadFile(path)
		adopted = b
		return petri.DigestBytes(b), int64(len(b)), err
	}
	for range 2 {
		digest, size, err := logs.Seal(context.Background(), adopt, path)
		if err != nil || digest != petri.DigestBytes(whole) || size != int64(len(whole)) || !bytes.Equal(adopted, whole) {
			t.Fatalf("sealed %d bytes, %v", size, err)
		}
	}
	if _, size, err := logs.Seal(context.Background(), adopt, path+"-never"); err != nil || size != 0 {
		t.Errorf("a run without a log: %d bytes, %v", size, err)
	}
}

func TestKeepLeavesTheLogAsItIs(t *testing.T) {
	whole := frames("kept\n")
	path := filepath.Join(t.TempDir(), "log")
	growing := append(bytes.Clone(whole), frames("cut")[:14]...)
	if err := os.WriteFile(path, growing, 0o600); err != nil {
		t.Fatal(err)
	}
	put := func(_ context.Context, r io.Reader, _ petri.Digest) (petri.Digest, int64, error) {
		b, err := io.ReadAll(r)
		return petri.DigestBytes(b), int64(len(b)), err
	}
	if digest, err := logs.Keep(t.Context(), put, path); err != nil || digest != petri.DigestBytes(whole) {
		t.Errorf("kept %s, %v", digest, err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, growing) {
		t.Errorf("the log was changed: %q, %v", now, err)
	}
	if digest, err := logs.Keep(t.Context(), put, path+"-never"); err != nil || digest != "" {
		t.Errorf("no log: %s, %v", digest, err)
	}
}

func TestBuildEvents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	w, err := logs.NewEventWriter(path)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("long ", 50_000)
	for i := range 3 {
		if err := w.Append(petri.BuildEvent{Step: i + 1, Output: long}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	steps := 0
	log := logs.Follow(context.Background(), logs.Following{Path: path, Ended: func() bool { return true }})
	defer log.Close()
	err = logs.Events(log, func(e petri.BuildEvent) error {
		steps++
		if e.Step != steps || e.Output != long {
			t.Errorf("event %d is of step %d", steps, e.Step)
		}
		return nil
	})
	if err != nil || steps != 3 {
		t.Errorf("%d events, %v", steps, err)
	}
	if err := logs.Events(strings.NewReader("no JSON\n"), nil); petri.KindOf(err) != petri.Invalid {
		t.Errorf("what is no log: %v", err)
	}
}

func FuzzLogs(f *testing.F) {
	f.Add(frames("a\n", "b"), 1)
	f.Add([]byte("{}\n{"), 2)
	f.Fuzz(func(t *testing.T, b []byte, lines int) {
		_, _, _ = logs.Tail(bytes.NewReader(b), lines)
		_, _ = logs.Since(bytes.NewReader(b), start)
		_ = logs.Events(bytes.NewReader(b), func(petri.BuildEvent) error { return nil })
	})
}

// Whatever stands in the log's place is neither read nor written.
func TestSomethingElseInTheLogsPlace(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("token"), 0o600); err != nil {
		t.Fatal(err)
	}
	adopt := func(context.Context, string) (petri.Digest, int64, error) {
		t.Error("adopted")
		return "", 0, nil
	}
	for name, put := range map[string]func(path string) error{
		"link":          func(path string) error { return os.Symlink(secret, path) },
		"dangling link": func(path string) error { return os.Symlink(secret+"-new", path) },
		"pipe":          func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"folder":        func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		path := filepath.Join(t.TempDir(), "log")
		if err := put(path); err != nil {
			t.Fatal(err)
		}
		if _, err := logs.Open(path); petri.KindOf(err) != petri.Invalid {
			t.Errorf("%s: opened: %v", name, err)
		}
		log := logs.Follow(t.Context(), logs.Following{Path: path, Ended: func() bool { return true }})
		if got, err := io.ReadAll(log); err == nil || len(got) > 0 {
			t.Errorf("%s: followed: %q, %v", name, got, err)
		}
		if _, _, err := logs.Seal(t.Context(), adopt, path); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
	if got, err := os.ReadFile(secret); err != nil || string(got) != "token" {
		t.Errorf("the secret is %q, %v", got, err)
	}
	if _, err := os.Lstat(secret + "-new"); err == nil {
		t.Error("a file was made outside")
	}
}

// A log of very many frames is positioned in without keeping them: here are 200,000.
func TestPositionsInManyFrames(t *testing.T) {
	var all bytes.Buffer
	header := make([]byte, petri.LogHeaderSize)
	const count = 200_000
	for i := range count {
		line := fmt.Sprintf("line %d\n", i)
		petri.PutLogHeader(header, petri.Stdout, start.Add(time.Duration(i)*time.Second), len(line))
		all.Write(header)
		all.WriteString(line)
	}
	log := bytes.NewReader(all.Bytes())
	for _, lines := range []int{1, 2, 1000, count / 2, count - 1} {
		first, from, err := logs.Tail(log, lines)
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, io.MultiReader(bytes.NewReader(first), bytes.NewReader(all.Bytes()[from:])))
		if n := strings.Count(got, "\n"); n != lines || !strings.HasPrefix(got, fmt.Sprintf("line %d\n", count-lines)) {
			t.Errorf("%d lines: got %d, beginning with %.20q", lines, n, got)
		}
	}
	at, err := logs.Since(log, start.Add(150_000*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, bytes.NewReader(all.Bytes()[at:])); !strings.HasPrefix(got, "line 150000\n") {
		t.Errorf("since: %.20q", got)
	}
}
