package workdir_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
	"github.com/petri-dev/petri/internal/workdir"
)

// lay makes files: "d" a folder, "l TARGET" a link, "x TEXT" an executable, "f TEXT" a file.
func lay(t *testing.T, root string, files map[string]string) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, what := range files {
		full := root + "/" + path
		check(os.MkdirAll(filepath.Dir(full), 0o755))
		switch what[0] {
		case 'd':
			check(os.MkdirAll(full, 0o755))
		case 'l':
			check(os.Symlink(what[2:], full))
		case 'x':
			check(os.WriteFile(full, []byte(what[2:]), 0o755))
		default:
			check(os.WriteFile(full, []byte(what[2:]), 0o644))
		}
	}
}

// look is lay's opposite; .petri is left out.
func look(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(full string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path := strings.TrimPrefix(strings.TrimPrefix(full, root), "/")
		info, err := e.Info()
		if err != nil {
			return err
		}
		switch {
		case path == "":
		case path == ".petri":
			return filepath.SkipDir
		case e.IsDir():
			found[path] = "d"
		case info.Mode()&os.ModeSymlink != 0:
			target, err := os.Readlink(full)
			if err != nil {
				return err
			}
			found[path] = "l " + target
		default:
			b, err := os.ReadFile(full)
			if err != nil {
				return err
			}
			kind := "f "
			if info.Mode()&0o100 != 0 {
				kind = "x "
			}
			found[path] = kind + string(b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func odd() map[string]string {
	return map[string]string{
		"petri.toml": "f project = \"p\"\n", "a": "f one", "b/c": "f two", "b/d/e": "x #!/bin/sh\n", "b/empty": "d", "b": "d", "b/d": "d",
		"-dash": "f dash", "new\nline": "f nl", "\xff\xfe": "f not UTF-8", "sp ace ": "f space", "quote\"": "f q", "back\\slash": "f b",
		"link": "l b/c", "b/up": "l ../a", "dangling": "l nowhere", "zero": "f ", "same1": "f twin", "same2": "f twin", "b/same3": "x twin",
		strings.Repeat("n", 255): "f long", "é": "f accent", "..x": "f dots",
	}
}

func push(t *testing.T, f workdir.Folder, s *server, base petri.Digest) *workdir.Snapshot {
	t.Helper()
	snapshot, err := f.Push(t.Context(), s, workdir.PushOptions{Base: base, Near: true})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func checkout(t *testing.T, f workdir.Folder, s *server, base, target petri.Digest) {
	t.Helper()
	if _, err := f.Checkout(t.Context(), s, workdir.Tree{Root: base}, workdir.Tree{Root: target}, workdir.CheckoutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestThereAndBack(t *testing.T) {
	for _, near := range []bool{true, false} {
		from, to, s := workdir.Folder{Root: t.TempDir()}, workdir.Folder{Root: t.TempDir()}, newServer()
		files := odd()
		files["big"] = "f " + strings.Repeat("0123456789abcdef", 3<<20) // larger than a pack takes
		lay(t, from.Root, files)
		pushed, err := from.Push(t.Context(), s, workdir.PushOptions{Near: near})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(files, look(t, from.Root)); diff != "" {
			t.Fatalf("pushing changed the folder: %s", diff)
		}
		s.tree(t, pushed.Tree())
		checkout(t, to, s, "", pushed.Tree())
		if diff := cmp.Diff(files, look(t, to.Root)); diff != "" {
			t.Fatalf("what came back differs: %s", diff)
		}
		again, err := to.Scan(t.Context(), workdir.ScanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if again.Tree() != pushed.Tree() || again.Read != 0 {
			t.Errorf("after checkout: tree %s, want %s; read %d bytes, want 0", again.Tree(), pushed.Tree(), again.Read)
		}
	}
}

func TestTreeIsThatOfBuild(t *testing.T) {
	f := workdir.Folder{Root: t.TempDir()}
	lay(t, f.Root, odd())
	snapshot, err := f.Scan(t.Context(), workdir.ScanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var leaves []tree.Leaf
	for path, what := range odd() {
		leaf := tree.Leaf{Path: path, Kind: tree.Kind(what[0])}
		if leaf.Kind != tree.Folder {
			leaf.Size, leaf.Digest = int64(len(what)-2), petri.DigestBytes([]byte(what[2:]))
		}
		leaves = append(leaves, leaf)
	}
	root, files, bytes, err := tree.Build(leaves, tree.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if snapshot.Tree() != root || snapshot.Files() != files || snapshot.Bytes() != bytes {
		t.Errorf("scan: %s, %d files, %d bytes; build: %s, %d, %d", snapshot.Tree(), snapshot.Files(), snapshot.Bytes(), root, files, bytes)
	}
}

func TestOnlyWhatChangedTravels(t *testing.T) {
	f, s := workdir.Folder{Root: t.TempDir()}, newServer()
	lay(t, f.Root, odd())
	first := push(t, f, s, "")
	s.received, s.asked = 0, 0
	time.Sleep(50 * time.Millisecond)
	if second := push(t, f, s, first.Tree()); second.Tree() != first.Tree() || s.received != 0 {
		t.Errorf("an unchanged folder sent %d blobs", s.received)
	}
	lay(t, f.Root, map[string]string{"b/c": "f TWO"})
	third := push(t, f, s, first.Tree())
	if s.received != 3 { // the file, its folder, the root
		t.Errorf("one changed file sent %d blobs, want 3", s.received)
	}
	if third.Tree() == first.Tree() {
		t.Error("the change was not seen")
	}
	s.tree(t, third.Tree())
	changes, err := third.Changes(t.Context(), s, workdir.Tree{Root: first.Tree()})
	if err != nil || len(changes) != 1 || changes[0].Path != "b/c" || changes[0].Word() != "changed" {
		t.Errorf("changes %v, %v", changes, err)
	}
}

func TestKnownFilesAreSentToo(t *testing.T) {
	f, s := workdir.Folder{Root: t.TempDir()}, newServer()
	files := odd()
	for i := range 300 {
		files[fmt.Sprintf("many/%d", i)] = fmt.Sprintf("f content %d", i)
	}
	lay(t, f.Root, files)
	time.Sleep(50 * time.Millisecond)
	scanned, err := f.Scan(t.Context(), workdir.ScanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := scanned.Save(); err != nil { // as petri status does, before the first push
		t.Fatal(err)
	}
	pushed := push(t, f, s, "")
	if pushed.Read != 0 {
		t.Errorf("the index was not used: %d bytes read", pushed.Read)
	}
	s.tree(t, pushed.Tree())
}

func TestLostFolderBlobsAreNoLoss(t *testing.T) {
	f, s := workdir.Folder{Root: t.TempDir()}, newServer()
	lay(t, f.Root, odd())
	first := push(t, f, s, "")
	for _, name := range []string{"trees", "index"} {
		if err := os.WriteFile(filepath.Join(f.Root, ".petri", name), []byte("damaged, not at all what it should be"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lay(t, f.Root, map[string]string{"b/c": "f TWO"})
	snapshot, err := f.Scan(t.Context(), workdir.ScanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := snapshot.Changes(t.Context(), s, workdir.Tree{Root: first.Tree()})
	if err != nil || len(changes) != 1 {
		t.Errorf("changes %v, %v", changes, err)
	}
	s.tree(t, push(t, f, s, first.Tree()).Tree())
}

func TestRefused(t *testing.T) {
	cases := map[string]struct {
		lay  func(root string) error
		says []string
	}{
		"socket":         {func(root string) error { return unix.Mknod(root+"/sub/sock", unix.S_IFSOCK|0o644, 0) }, []string{"sub/sock", "a socket", ".petriignore"}},
		"pipe":           {func(root string) error { return unix.Mkfifo(root+"/sub/pipe", 0o644) }, []string{"sub/pipe", "a named pipe"}},
		"link out":       {func(root string) error { return os.Symlink("../../etc/passwd", root+"/sub/out") }, []string{"sub/out", "../../etc/passwd", "leaves the project"}},
		"absolute link":  {func(root string) error { return os.Symlink("/etc/passwd", root+"/abs") }, []string{"abs", "/etc/passwd", ".petriignore"}},
		"link by detour": {func(root string) error { return os.Symlink("sub/../../x", root+"/detour") }, []string{"detour"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := workdir.Folder{Root: t.TempDir()}
			lay(t, f.Root, map[string]string{"sub/ok": "f x"})
			if err := c.lay(f.Root); err != nil {
				t.Skipf("this machine does not let us: %v", err)
			}
			s := newServer()
			_, err := f.Push(t.Context(), s, workdir.PushOptions{})
			if petri.KindOf(err) != petri.Invalid {
				t.Fatalf("error %v, want invalid", err)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
			lay(t, f.Root, map[string]string{".petriignore": "f sock\npipe\nout\nabs\ndetour\n"})
			push(t, f, s, "")
		})
	}
}

func TestIgnoredFiles(t *testing.T) {
	f, s := workdir.Folder{Root: t.TempDir()}, newServer()
	lay(t, f.Root, map[string]string{
		".gitignore": "f *.log\n/build/\n", "a.log": "f x", "keep": "f x", "build/out": "f x", "sub/build/out": "f x", ".git/config": "f x", "sub/.git": "f gitdir",
		"sub/.gitignore": "f *\n", "sub/.petriignore": "f !important.log\n", "sub/important.log": "f x", "sub/b.log": "f x",
	})
	got := s.tree(t, push(t, f, s, "").Tree())
	want := map[string]string{
		".gitignore": "f *.log\n/build/\n", "keep": "f x", "sub": "d", "sub/build": "d", "sub/build/out": "f x",
		"sub/.gitignore": "f *\n", "sub/.petriignore": "f !important.log\n", "sub/important.log": "f x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSameSizeAndTimeIsStillSeen(t *testing.T) {
	f := workdir.Folder{Root: t.TempDir()}
	scan := func() petri.Digest {
		s, err := f.Scan(t.Context(), workdir.ScanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		return s.Tree()
	}
	for i := range 200 {
		lay(t, f.Root, map[string]string{"a": fmt.Sprintf("f %03d", i)})
		before := scan()
		lay(t, f.Root, map[string]string{"a": fmt.Sprintf("f %03d", i+500)}) // within the same tick, perhaps
		if scan() == before {
			t.Fatalf("change %d was not seen", i)
		}
	}
}

func TestFileThatKeepsChanging(t *testing.T) {
	f := workdir.Folder{Root: t.TempDir()}
	path := f.Root + "/busy"
	content := make([]byte, 24<<20)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	done, stopped := make(chan struct{}), make(chan struct{})
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				_, _ = file.WriteAt([]byte{byte(i)}, 0)
			}
		}
	}()
	// On a busy machine the writer may get no turn while the file is read, and the scan is right
	// to succeed: so it is tried until it gets one.
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if _, err = f.Scan(t.Context(), workdir.ScanOptions{}); err != nil {
			break
		}
	}
	close(done)
	<-stopped
	if petri.KindOf(err) != petri.Conflict || !strings.Contains(err.Error(), "busy") {
		t.Errorf("error %v, want a conflict about busy", err)
	}
}

// TestIndexAgreesWithAFreshScan changes a folder at random, again and again, and compares.
func TestIndexAgreesWithAFreshScan(t *testing.T) {
	f := workdir.Folder{Root: t.TempDir()}
	random := rand.New(rand.NewPCG(7, 7))
	for round := range 150 {
		path := fmt.Sprintf("%s/d%d/e%d/f%d", f.Root, random.IntN(3), random.IntN(3), random.IntN(3))
		switch random.IntN(6) {
		case 0:
			_ = os.RemoveAll(filepath.Dir(path))
		case 1:
			_ = os.Remove(path)
		case 2:
			_ = os.MkdirAll(path, 0o755)
		case 3:
			_ = os.Chmod(path, 0o755)
		default:
			_ = os.MkdirAll(filepath.Dir(path), 0o755)
			_ = os.WriteFile(path, []byte{byte(random.IntN(3))}, 0o644)
		}
		if round%5 != 0 {
			continue
		}
		quick, err := f.Scan(t.Context(), workdir.ScanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(f.Root + "/.petri/index")
		fresh, err := f.Scan(t.Context(), workdir.ScanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if quick.Tree() != fresh.Tree() || quick.Files() != fresh.Files() || quick.Bytes() != fresh.Bytes() {
			t.Fatalf("round %d: with the index %s, without %s", round, quick.Tree(), fresh.Tree())
		}
		if err := fresh.Save(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestQuote(t *testing.T) {
	for path, want := range map[string]string{
		"a/b.txt": "a/b.txt", "with space": "with space", "é": "é", "new\nline": `"new\nline"`, "\xff": `"\xff"`, "": `""`, `a"b`: `"a\"b"`, `a\b`: `"a\\b"`,
	} {
		if got := workdir.Quote(path); got != want {
			t.Errorf("Quote(%q) = %s, want %s", path, got, want)
		}
	}
}
