package tree

import (
	"slices"
	"strings"

	"github.com/petri-dev/petri"
)

// Leaf is a file, a link or an empty folder with its path. A Leaf of kind Folder has
// neither size nor digest.
type Leaf struct {
	Path   string
	Kind   Kind
	Size   int64
	Digest petri.Digest
}

// Entry is the leaf as its folder holds it.
func (l Leaf) Entry() Entry {
	e := Entry{Name: l.Path[strings.LastIndexByte(l.Path, '/')+1:], Kind: l.Kind, Size: l.Size, Digest: l.Digest}
	if l.Kind == Folder {
		e.Size, e.Digest = 0, Empty
	}
	return e
}

// Build makes a tree of leaves, in any order, putting each folder's blob children first;
// the root is put even when empty. A Folder leaf that has others below is no error. It returns
// the root and the totals: files and links, and the bytes of files. Bad or repeated paths,
// or a file with others below: kind invalid. It may sort leaves in place.
func Build(leaves []Leaf, put Put) (root petri.Digest, files, bytes int64, err error) {
	if !slices.IsSortedFunc(leaves, byPath) {
		slices.SortFunc(leaves, byPath)
	}
	if len(leaves) > MaxEntries {
		return "", 0, 0, petri.Errorf(petri.Invalid, "%d files are more than %d, the most that a project may have", len(leaves), MaxEntries)
	}
	for _, l := range leaves {
		if err := CheckPath(l.Path); err != nil {
			return "", 0, 0, err
		}
		if l.Kind != Folder {
			files++
		}
	}
	b := &builder{leaves: leaves, put: put}
	e, err := b.folder("")
	return e.Digest, files, e.Size, err
}

func byPath(a, b Leaf) int { return compare(a.Path, b.Path) }

type builder struct {
	leaves []Leaf // those still to place, in Walk's order
	put    Put
}

// folder places all leaves below prefix, which is "" or ends in a slash.
func (b *builder) folder(prefix string) (Entry, error) {
	var entries []Entry
	for len(b.leaves) > 0 && strings.HasPrefix(b.leaves[0].Path, prefix) {
		l := b.leaves[0]
		name, _, deeper := strings.Cut(l.Path[len(prefix):], "/")
		if n := len(entries); n > 0 && entries[n-1].Name == name {
			if entries[n-1].Kind != Folder || !deeper {
				return Entry{}, petri.Errorf(petri.Invalid, "the path %s is given twice, or as a file and a folder", quote(prefix+name))
			}
			entries = entries[:n-1] // an empty folder that is not empty
		}
		if !deeper {
			entries = append(entries, l.Entry())
			b.leaves = b.leaves[1:]
			if l.Kind == Folder {
				if _, err := b.put(Encode(nil)); err != nil {
					return Entry{}, err
				}
			}
			continue
		}
		e, err := b.folder(prefix + name + "/")
		if err != nil {
			return Entry{}, err
		}
		e.Name = name
		entries = append(entries, e)
	}
	return putFolder(entries, b.put)
}

// putFolder keeps a folder and gives its entry, still without name.
func putFolder(entries []Entry, put Put) (Entry, error) {
	encoded := Encode(entries)
	if len(encoded) > MaxTreeBlob {
		return Entry{}, petri.Errorf(petri.Invalid, "a folder with %d entries is larger than Petri keeps; spread them over several folders", len(entries))
	}
	d, err := put(encoded)
	if err != nil {
		return Entry{}, err
	}
	return Entry{Kind: Folder, Size: Bytes(entries), Digest: d}, nil
}

// PutFolder keeps one folder made of entries and gives its digest and size.
func PutFolder(entries []Entry, put Put) (petri.Digest, int64, error) {
	e, err := putFolder(entries, put)
	return e.Digest, e.Size, err
}

func find(entries []Entry, name string) (int, bool) {
	return slices.BinarySearchFunc(entries, name, func(e Entry, name string) int { return strings.Compare(e.Name, name) })
}
