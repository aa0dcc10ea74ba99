package tree

import (
	"context"

	"github.com/petri-dev/petri"
)

// Diff calls fn for every leaf (file, link, empty folder) that differs between the trees a and
// b, in Walk's order: a nil means that the leaf was added, b nil that it was removed. Equal
// folders are skipped unread. A digest of "" is the empty tree. It stops at fn's first error.
func Diff(ctx context.Context, src Source, a, b petri.Digest, fn func(path string, a, b *Entry) error) error {
	d := &differ{src: src, fn: fn, budget: budget{2 * MaxEntries}}
	return d.folders(ctx, "", a, b)
}

type differ struct {
	src    Source
	fn     func(path string, a, b *Entry) error
	budget budget
}

func same(a, b petri.Digest) bool {
	return a == b || (a == "" || a == Empty) && (b == "" || b == Empty)
}

func (d *differ) folders(ctx context.Context, path string, a, b petri.Digest) error {
	if same(a, b) {
		return nil
	}
	as, err := load(ctx, d.src, a)
	if err != nil {
		return err
	}
	bs, err := load(ctx, d.src, b)
	if err != nil {
		return err
	}
	if err := d.budget.spend(len(as) + len(bs)); err != nil {
		return err
	}
	for len(as) > 0 || len(bs) > 0 {
		var x, y *Entry
		if len(bs) == 0 || len(as) > 0 && as[0].Name <= bs[0].Name {
			x = &as[0]
		}
		if len(as) == 0 || len(bs) > 0 && bs[0].Name <= as[0].Name {
			y = &bs[0]
		}
		if x != nil {
			as = as[1:]
		}
		if y != nil {
			bs = bs[1:]
		}
		if err := d.pair(ctx, path, x, y); err != nil {
			return err
		}
	}
	return nil
}

// pair compares what two folders have under one name.
func (d *differ) pair(ctx context.Context, folder string, a, b *Entry) error {
	if a != nil && b != nil && *a == *b {
		return nil
	}
	one := a
	if one == nil {
		one = b
	}
	path := join(folder, one.Name)
	if err := checkDepth(path); err != nil {
		return err
	}
	// What is a leaf under this very name, and what is below it.
	leafA, belowA := split(a)
	leafB, belowB := split(b)
	if leafA != nil || leafB != nil {
		if err := d.fn(path, leafA, leafB); err != nil {
			return err
		}
	}
	return d.folders(ctx, path, belowA, belowB)
}

func split(e *Entry) (leaf *Entry, below petri.Digest) {
	if e != nil && e.Kind == Folder && e.Digest != Empty {
		return nil, e.Digest
	}
	return e, ""
}
