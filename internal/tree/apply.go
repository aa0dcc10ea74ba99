package tree

import (
	"context"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
)

// Edit sets or, with a nil Entry, removes one leaf. The Entry's name is not looked at.
type Edit struct {
	Path  string
	Entry *Entry
}

// Apply makes the tree whose leaves are those of base after edits; it reads and writes only
// the folders on their way. Folders that lose their last leaf vanish unless an edit sets them.
// Removing what is not there is no error. Where a file would have others below it: kind
// conflict. It may sort edits in place.
func Apply(ctx context.Context, src Source, put Put, base petri.Digest, edits []Edit) (petri.Digest, error) {
	slices.SortStableFunc(edits, func(a, b Edit) int { return compare(a.Path, b.Path) })
	for _, e := range edits {
		if err := CheckPath(e.Path); err != nil {
			return "", err
		}
	}
	a := &applier{ctx: ctx, src: src, put: put}
	entries, err := a.folder("", base, edits)
	if err != nil {
		return "", err
	}
	root, err := putFolder(entries, put)
	return root.Digest, err
}

type applier struct {
	ctx context.Context
	src Source
	put Put
}

// folder gives the entries of the folder below prefix after edits, all of which are in it.
func (a *applier) folder(prefix string, base petri.Digest, edits []Edit) ([]Entry, error) {
	entries, err := load(a.ctx, a.src, base)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for len(edits) > 0 {
		name, _, _ := strings.Cut(edits[0].Path[len(prefix):], "/")
		n := 1
		for n < len(edits) && within(edits[n].Path[len(prefix):], name) {
			n++
		}
		at, found := find(entries, name)
		out = append(out, entries[:at]...)
		entries = entries[at:]
		var current *Entry
		if found {
			current, entries = &entries[0], entries[1:]
		}
		e, err := a.entry(prefix+name, current, edits[:n])
		if err != nil {
			return nil, err
		}
		if e != nil {
			e.Name = name
			out = append(out, *e)
		}
		edits = edits[n:]
	}
	return append(out, entries...), nil
}

func within(path, name string) bool {
	return strings.HasPrefix(path, name) && (len(path) == len(name) || path[len(name)] == '/')
}

// entry is what path becomes; nil when it vanishes.
func (a *applier) entry(path string, current *Entry, edits []Edit) (*Entry, error) {
	var own *Edit
	for len(edits) > 0 && edits[0].Path == path {
		own, edits = &edits[0], edits[1:]
	}
	below := petri.Digest("")
	if current != nil && current.Kind == Folder {
		below = current.Digest
	}
	left := below != "" && below != Empty // does anything remain below?
	folder := current
	if len(edits) > 0 {
		entries, err := a.folder(path+"/", below, edits)
		if err != nil {
			return nil, err
		}
		if left = len(entries) > 0; left {
			e, err := putFolder(entries, a.put)
			if err != nil {
				return nil, err
			}
			folder = &e
		}
	}
	if !left {
		return a.leaf(current, own, len(edits) > 0)
	}
	isFile := own == nil && current != nil && current.Kind != Folder || own != nil && own.Entry != nil && own.Entry.Kind != Folder
	if isFile {
		return nil, petri.Errorf(petri.Conflict, "%s is a file on one side and a folder on the other", quote(path))
	}
	return folder, nil
}

// leaf is what a path becomes that has nothing below; emptied tells that it just lost that.
func (a *applier) leaf(current *Entry, own *Edit, emptied bool) (*Entry, error) {
	switch {
	case own != nil && own.Entry == nil:
		return nil, nil
	case own != nil && own.Entry.Kind == Folder:
		_, err := a.put(Encode(nil))
		return &Entry{Kind: Folder, Digest: Empty}, err
	case own != nil:
		e := *own.Entry
		return &e, nil
	case emptied && current != nil && current.Kind == Folder && current.Digest != Empty:
		return nil, nil
	default:
		return current, nil
	}
}
