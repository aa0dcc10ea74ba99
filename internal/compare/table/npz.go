package table

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

const (
	maxArrays = 10000
	// deflate at its best makes a byte of 1,032.
	maxRatio = 1100
)

// NPZ compares archives of arrays, array by array. A column rule's name is that of the array, or
// array.field; added and missing arrays make archives differ.
func NPZ(ctx context.Context, a, b kind.Content, rules petri.FileRules) (out petri.FileComparison, err error) {
	defer guard("an archive of arrays", &err)
	var members [2]map[string]*zip.File
	var order []string
	for i, c := range []kind.Content{a, b} {
		if members[i], err = openArchive(c); err != nil {
			return out, err
		}
		for name := range members[i] {
			order = append(order, name)
		}
	}
	slices.Sort(order)
	z := archives{members: members}
	z.tally = newTally(rules, func(i int) string { return z.names[i] })
	z.noun = "array"
	var missing, added []string
	for _, name := range slices.Compact(order) {
		switch {
		case z.members[1][name] == nil:
			missing = append(missing, name)
		case z.members[0][name] == nil:
			added = append(added, name)
		default:
			if err := z.compareArrays(ctx, name); err != nil {
				return out, err
			}
		}
	}
	noteMembers(missing, added, z.tally)
	return z.finish(kindArray), nil
}

type archives struct {
	*tally
	members [2]map[string]*zip.File
	names   []string
}

func noteMembers(missing, added []string, t *tally) {
	for _, one := range []struct {
		names []string
		how   string
	}{{missing, "missing"}, {added, "added"}} {
		one.names = slices.DeleteFunc(one.names, func(name string) bool {
			_, ignored := t.rules.Column(name)
			return ignored
		})
		if len(one.names) == 1 {
			t.notes.differ("%s is %s", named("array", "arrays", one.names), one.how)
		} else if len(one.names) > 1 {
			t.notes.differ("%s are %s", named("array", "arrays", one.names), one.how)
		}
	}
}

// openArchive lists an archive that has nothing but arrays in it, in all no larger than deflate
// could make it.
func openArchive(c kind.Content) (map[string]*zip.File, error) {
	r, err := zip.NewReader(forward{c}, c.Size)
	if err != nil {
		return nil, archiveError(err)
	}
	if len(r.File) > maxArrays {
		return nil, kind.Other("it has more than %s files in it", count(maxArrays))
	}
	members := make(map[string]*zip.File, len(r.File))
	total := uint64(0)
	for _, f := range r.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok || members[name] != nil {
			return nil, kind.Other("it holds %q, which is no array, or is there twice", kind.Clip(f.Name, 60))
		}
		members[name] = f
		if total += min(f.UncompressedSize64, 1<<60); total > 1<<20+maxRatio*uint64(c.Size) {
			return nil, kind.Other("it would decompress to more than it can hold")
		}
	}
	return members, nil
}

// forward has places before the beginning, which damaged archives name, be as those behind the end.
type forward struct{ io.ReaderAt }

func (f forward) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, io.EOF
	}
	return f.ReaderAt.ReadAt(p, at)
}

func archiveError(err error) error {
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrAlgorithm) || errors.Is(err, zip.ErrChecksum) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, zip.ErrInsecurePath) {
		return kind.Other("it is no archive of arrays, or is damaged")
	}
	return err
}

func (z *archives) compareArrays(ctx context.Context, name string) error {
	var arrays [2]array
	for i := range arrays {
		var err error
		if arrays[i], err = openMember(z.members[i][name]); err != nil {
			return err
		}
	}
	p := newPairing(z.tally, arrays[0], arrays[1], name)
	p.first = len(z.names)
	z.names = append(z.names, p.names...)
	if len(z.names) > maxFields {
		return kind.Other("it has more than %s fields", count(maxFields))
	}
	same, err := sameRaw(z.members[0][name], z.members[1][name])
	if err != nil {
		return err
	}
	if same {
		for i := range p.names {
			if !z.ignores(p.first + i) {
				z.cells += p.a.n * p.leaves(i)
			}
		}
		return nil
	}
	if len(p.names) == 1 && z.column(p.first).ignored {
		return nil
	}
	return p.run(ctx)
}

func openMember(f *zip.File) (array, error) {
	var opened io.Closer
	a, err := openArray(func() (io.Reader, error) {
		r, err := f.Open()
		if err != nil {
			return nil, archiveError(err)
		}
		opened = r
		return damaged{r}, nil
	}, int64(min(f.UncompressedSize64, 1<<62)))
	if opened != nil {
		opened.Close()
	}
	if err != nil || f.Method != zip.Store {
		return a, err
	}
	raw, err := f.OpenRaw()
	if err != nil {
		return a, archiveError(err)
	}
	if at, ok := raw.(io.ReaderAt); ok {
		a.at = io.NewSectionReader(at, a.start, a.n*int64(a.size))
	}
	return a, nil
}

// damaged tells of content that cannot be decompressed.
type damaged struct{ r io.Reader }

func (d damaged) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, kind.Other("its compressed data is damaged or cut off")
	}
	return n, err
}

// sameRaw tells whether two members are the same bytes as they are stored.
func sameRaw(a, b *zip.File) (bool, error) {
	if a.Method != b.Method || a.CRC32 != b.CRC32 || a.CompressedSize64 != b.CompressedSize64 || a.UncompressedSize64 != b.UncompressedSize64 {
		return false, nil
	}
	x, err := a.OpenRaw()
	if err != nil {
		return false, archiveError(err)
	}
	y, err := b.OpenRaw()
	if err != nil {
		return false, archiveError(err)
	}
	p, q := make([]byte, 256<<10), make([]byte, 256<<10)
	for {
		n, errX := io.ReadFull(x, p)
		m, errY := io.ReadFull(y, q)
		if !bytes.Equal(p[:n], q[:m]) {
			return false, nil
		}
		if errX != nil || errY != nil {
			return ended(errX) && ended(errY), nil
		}
	}
}

func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
