package workdir

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

// Attach sends files and folders, named by path, as one tree, and returns its digest. Each
// keeps the path it was given by; one that lies elsewhere (absolute, or with ..) is put at the top
// under its own name. Links and special files are refused.
func Attach(ctx context.Context, remote Remote, paths []string, opts PushOptions) (petri.Digest, error) {
	if opts.Progress == nil {
		opts.Progress = func(int64, int64) {}
	}
	s := newSender(ctx, remote, opts)
	defer s.stop()
	a := &attacher{s: s}
	root, err := a.all(paths)
	if err != nil {
		return "", s.cause(err)
	}
	return root, s.finish()
}

// AttachedNames gives the paths, folders' included, that Attach would give to what lies at
// these, and refuses what it would refuse, without reading or sending any file.
func AttachedNames(paths []string) ([]string, error) {
	a := &attacher{}
	for _, path := range paths {
		if err := a.add(path, attachedAs(path)); err != nil {
			return nil, err
		}
	}
	names := map[string]bool{}
	for _, leaf := range a.leaves {
		for name := leaf.Path; name != ""; name, _ = splitPath(name) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}

type attacher struct {
	s      *sender // nil where only names are wanted
	leaves []tree.Leaf
}

func (a *attacher) all(paths []string) (petri.Digest, error) {
	for _, path := range paths {
		if err := a.add(path, attachedAs(path)); err != nil {
			return "", err
		}
	}
	root, _, _, err := tree.Build(a.leaves, func(b []byte) (petri.Digest, error) {
		d := petri.DigestBytes(b)
		return d, a.blob(b, d)
	})
	if err != nil {
		return "", err
	}
	for _, large := range a.s.packer.large {
		if err := a.s.upload(Folder{Root: filepath.Dir(large.path)}, largeFile{filepath.Base(large.path), large.sum, large.size}); err != nil {
			return "", err
		}
	}
	return root, nil
}

func attachedAs(path string) string {
	clean := filepath.ToSlash(filepath.Clean(path))
	if strings.HasPrefix(clean, "/") || clean == ".." || strings.HasPrefix(clean, "../") {
		return filepath.Base(clean)
	}
	return clean
}

func (a *attacher) add(path, as string) error {
	info, err := os.Stat(path)
	if err != nil {
		return petri.Wrap(petri.Invalid, err, "the file %s cannot be attached: %v", Quote(path), cause(err))
	}
	switch {
	case info.IsDir():
		return a.folder(path, as)
	case !info.Mode().IsRegular():
		return petri.Errorf(petri.Invalid, "%s cannot be attached: it is neither a file nor a folder", Quote(path))
	}
	leaf := tree.Leaf{Path: as, Kind: tree.File, Size: info.Size()}
	if info.Mode()&0o100 != 0 {
		leaf.Kind = tree.Executable
	}
	if a.s == nil {
		a.leaves = append(a.leaves, leaf)
		return nil
	}
	if info.Size() > maxPacked {
		if leaf.Digest, _, err = DigestFile(a.s.ctx, path); err != nil {
			return err
		}
		a.s.packer.large = append(a.s.packer.large, largeFile{path, sumOf(leaf.Digest), info.Size()})
	} else {
		content, err := os.ReadFile(path)
		if err != nil {
			return unreadable("file", path, err)
		}
		leaf.Size, leaf.Digest = int64(len(content)), petri.DigestBytes(content)
		if err := a.blob(content, leaf.Digest); err != nil {
			return err
		}
	}
	a.leaves = append(a.leaves, leaf)
	return nil
}

func cause(err error) error {
	if pathError, ok := err.(*os.PathError); ok {
		return pathError.Err
	}
	return err
}

func (a *attacher) folder(path, as string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return unreadable("folder", path, err)
	}
	if as == "." {
		as = ""
	}
	if len(entries) == 0 && as != "" {
		a.leaves = append(a.leaves, tree.Leaf{Path: as, Kind: tree.Folder})
	}
	for _, e := range entries {
		if err := a.add(filepath.Join(path, e.Name()), join(as, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (a *attacher) blob(b []byte, d petri.Digest) error {
	if !a.s.packer.claim(sumOf(d)) {
		return nil
	}
	k := a.s.packer.take()
	copy(k.begin(len(b)), b)
	k.close(sumOf(d))
	return a.s.handBack(k)
}
