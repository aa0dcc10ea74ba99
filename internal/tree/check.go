package tree

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
)

// Totals sums up a tree.
type Totals struct {
	Files   int64 // files and links
	Entries int64 // those and folders
	Bytes   int64 // of files
}

// Checker verifies trees that a stranger sent. Each distinct folder is read once however
// often it occurs, so that a tree made to explode costs no more than its blobs. A Checker
// serves one check.
type Checker struct {
	Source Source
	// Leaves is given the distinct leaves to verify, in batches, as they are met: that their blobs are
	// there and have the stated sizes, of links too. It owns the slice.
	Leaves func([]Leaf) error

	memo  map[petri.Digest]*shape
	batch []Leaf
}

// shape is what must be known of a folder to place it anywhere.
type shape struct {
	Totals
	height  int    // folders and entries below, as levels
	longest int    // bytes of the longest path below
	climbs  int    // how deep it must lie for its links to stay within the project
	climber string // the link that needs it
}

const leafBatch = 2048

// Check verifies everything below root: canonical folders, names, links, depth, sizes of
// folders, limits. Kinds: invalid, and not_found where a folder or link is missing.
func (c *Checker) Check(ctx context.Context, root petri.Digest) (Totals, error) {
	s, err := c.shape(ctx, root, "", 0)
	if err != nil {
		return Totals{}, err
	}
	if err := s.place("", 0); err != nil {
		return Totals{}, err
	}
	return s.Totals, c.flush()
}

// CheckChange is Check for a tree of which only what differs from trusted, a tree checked before
// with totals was, is verified.
func (c *Checker) CheckChange(ctx context.Context, trusted petri.Digest, totals Totals, root petri.Digest) (Totals, error) {
	change, err := c.change(ctx, "", 0, trusted, root)
	if err != nil {
		return Totals{}, err
	}
	totals.Files += change.Files
	totals.Entries += change.Entries
	totals.Bytes += change.Bytes
	if totals.Entries > MaxEntries {
		return Totals{}, tooMany()
	}
	return totals, c.flush()
}

func tooMany() error {
	return petri.Errorf(petri.Invalid, "the tree has more than %d entries, the most that a project may have", MaxEntries)
}

// change verifies the folder now at path, where was stood before, and says what it adds to
// the totals.
func (c *Checker) change(ctx context.Context, path string, depth int, was, now petri.Digest) (Totals, error) {
	if same(was, now) {
		return Totals{}, nil
	}
	before, err := load(ctx, c.Source, was)
	if err != nil {
		return Totals{}, err
	}
	after, err := load(ctx, c.Source, now)
	if err != nil {
		return Totals{}, err
	}
	var sum Totals
	for _, e := range after {
		i, found := find(before, e.Name)
		var t Totals
		switch {
		case found && before[i] == e:
			continue
		case found && before[i].Kind == Folder && e.Kind == Folder:
			if t, err = c.change(ctx, join(path, e.Name), depth+1, before[i].Digest, e.Digest); err == nil && t.Bytes != e.Size-before[i].Size {
				err = wrongSize(join(path, e.Name))
			}
		default:
			t, err = c.added(ctx, path, depth, e)
			if err == nil && found {
				err = c.subtract(ctx, &t, before[i])
			}
		}
		if err != nil {
			return Totals{}, err
		}
		sum.add(t)
	}
	for _, e := range before {
		if _, found := find(after, e.Name); !found {
			if err := c.subtract(ctx, &sum, e); err != nil {
				return Totals{}, err
			}
		}
	}
	return sum, nil
}

func (t *Totals) add(o Totals) {
	t.Files += o.Files
	t.Entries += o.Entries
	t.Bytes += o.Bytes
}

func (c *Checker) added(ctx context.Context, path string, depth int, e Entry) (Totals, error) {
	s, err := c.entry(ctx, e, path, depth)
	if err != nil {
		return Totals{}, err
	}
	return s.Totals, s.place(path, depth)
}

func (c *Checker) subtract(ctx context.Context, t *Totals, e Entry) error {
	gone := Totals{Entries: 1}
	switch {
	case e.Kind == Folder:
		below, err := Measure(ctx, c.Source, e.Digest)
		if err != nil {
			return err
		}
		gone.add(below)
	default:
		gone.Files = 1
		if e.Kind != Link {
			gone.Bytes = e.Size
		}
	}
	t.Files -= gone.Files
	t.Entries -= gone.Entries
	t.Bytes -= gone.Bytes
	return nil
}

// shape verifies a folder and all below it, once.
func (c *Checker) shape(ctx context.Context, d petri.Digest, path string, depth int) (*shape, error) {
	if s := c.memo[d]; s != nil {
		return s, nil
	}
	if depth > MaxDepth {
		return nil, checkDepthError(path)
	}
	entries, err := load(ctx, c.Source, d)
	if err != nil {
		return nil, err
	}
	sum := &shape{}
	for _, e := range entries {
		s, err := c.entry(ctx, e, path, depth)
		if err != nil {
			return nil, err
		}
		if err := sum.include(s); err != nil {
			return nil, err
		}
	}
	if c.memo == nil {
		c.memo = map[petri.Digest]*shape{}
	}
	c.memo[d] = sum
	return sum, nil
}

// entry is the shape of a folder that held e alone.
func (c *Checker) entry(ctx context.Context, e Entry, path string, depth int) (*shape, error) {
	full := join(path, e.Name)
	s := &shape{Totals: Totals{Files: 1, Entries: 1}, height: 1, longest: len(e.Name)}
	switch e.Kind {
	case Folder:
		below, err := c.shape(ctx, e.Digest, full, depth+1)
		if err != nil {
			return nil, err
		}
		if below.Bytes != e.Size {
			return nil, wrongSize(full)
		}
		s.Totals = below.Totals
		s.Entries++
		s.height = below.height + 1
		if below.climbs > 0 {
			s.climbs, s.climber = below.climbs-1, join(e.Name, below.climber)
		}
		if below.longest > 0 {
			s.longest += 1 + below.longest
		}
	case Link:
		up, err := c.climbs(ctx, full, e)
		if err != nil {
			return nil, err
		}
		s.climbs, s.climber = up, e.Name
		return s, c.leaf(full, e)
	default:
		s.Bytes = e.Size
		return s, c.leaf(full, e)
	}
	return s, nil
}

func wrongSize(path string) error {
	return petri.Errorf(petri.Invalid, "the folder %s does not have the size that the tree claims", quote(path))
}

func checkDepthError(path string) error {
	return petri.Errorf(petri.Invalid, "the path %s is more than %d folders deep", quote(path), MaxDepth)
}

func (c *Checker) climbs(ctx context.Context, path string, e Entry) (int, error) {
	target, err := c.Source(ctx, e.Digest)
	if err != nil {
		return 0, fmt.Errorf("read the link %s: %w", quote(path), err)
	}
	up, err := climb(string(target))
	if err != nil {
		return 0, petri.Wrap(petri.Invalid, err, "the link %s cannot be kept: its target %s %s", quote(path), quote(string(target)), petri.MessageOf(err))
	}
	return up, nil
}

func (c *Checker) leaf(path string, e Entry) error {
	if c.batch = append(c.batch, Leaf{Path: path, Kind: e.Kind, Size: e.Size, Digest: e.Digest}); len(c.batch) < leafBatch {
		return nil
	}
	return c.flush()
}

func (c *Checker) flush() error {
	batch := c.batch
	c.batch = nil
	if len(batch) == 0 || c.Leaves == nil {
		return nil
	}
	return c.Leaves(batch)
}

func (s *shape) include(o *shape) error {
	s.Totals.add(o.Totals)
	s.height = max(s.height, o.height)
	s.longest = max(s.longest, o.longest)
	if o.climbs > s.climbs {
		s.climbs, s.climber = o.climbs, o.climber
	}
	if s.Entries > MaxEntries {
		return tooMany()
	}
	if s.Bytes > MaxBytes {
		return petri.Errorf(petri.Invalid, "the tree claims more than %d bytes", int64(MaxBytes))
	}
	return nil
}

// place checks that what has this shape may lie in the folder at path, depth folders down.
func (s *shape) place(path string, depth int) error {
	where := "the project"
	if path != "" {
		where = "the folder " + quote(path)
	}
	switch {
	case depth+s.height > MaxDepth:
		return petri.Errorf(petri.Invalid, "%s holds folders more than %d deep", where, MaxDepth)
	case len(path)+1+s.longest > MaxPath:
		return petri.Errorf(petri.Invalid, "%s holds a path longer than %d bytes", where, MaxPath)
	case s.climbs > depth:
		return petri.Errorf(petri.Invalid, "the link %s cannot be kept: its target lies outside the project", quote(join(path, s.climber)))
	}
	return nil
}

// Measure counts a tree that was checked before, reading each distinct folder once.
func Measure(ctx context.Context, src Source, root petri.Digest) (Totals, error) {
	return measure(ctx, src, root, map[petri.Digest]Totals{}, 0)
}

func measure(ctx context.Context, src Source, d petri.Digest, memo map[petri.Digest]Totals, depth int) (Totals, error) {
	if t, ok := memo[d]; ok {
		return t, nil
	}
	if depth > MaxDepth {
		return Totals{}, checkDepthError("…")
	}
	entries, err := load(ctx, src, d)
	if err != nil {
		return Totals{}, err
	}
	var sum Totals
	for _, e := range entries {
		t := Totals{Files: 1, Entries: 1}
		if e.Kind == Folder {
			if t, err = measure(ctx, src, e.Digest, memo, depth+1); err != nil {
				return Totals{}, err
			}
			t.Entries++
		} else if e.Kind != Link {
			t.Bytes = e.Size
		}
		sum.add(t)
		if sum.Entries > MaxEntries {
			return Totals{}, tooMany()
		}
	}
	memo[d] = sum
	return sum, nil
}
