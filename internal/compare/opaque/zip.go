package opaque

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxDirectory bounds what is read of a zip's list of members.
const maxDirectory = 32 << 20

// maxProperties bounds the document properties that are looked into.
const maxProperties = 1 << 20

// Zip compares two zip files, or what is one inside (xlsx, docx, jar, whl, …), member by member. Two
// whose members hold the same are Same and Volatile, whenever and however they were packed; so
// are office documents that differ in their dates only.
func Zip(ctx context.Context, a, b kind.Content, _ petri.FileRules) (petri.FileComparison, error) {
	left, err := directory(ctx, a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	right, err := directory(ctx, b)
	if err != nil {
		return petri.FileComparison{}, err
	}
	z := zips{ctx: ctx, left: maxUnpacked, differ: newDiffer(), found: members{all: int64(len(left))}}
	for name, x := range left {
		y, both := right[name]
		if !both {
			z.found.onlyA = append(z.found.onlyA, name)
			continue
		}
		same, err := z.same(x, y)
		if err != nil {
			return petri.FileComparison{}, other(ctx, "zip", err)
		}
		if !same {
			z.found.changed = append(z.found.changed, name)
		}
	}
	for name := range right {
		if _, both := left[name]; !both {
			z.found.onlyB = append(z.found.onlyB, name)
			z.found.all++
		}
	}
	for _, names := range [][]string{z.found.onlyA, z.found.onlyB, z.found.changed} {
		slices.Sort(names)
	}
	return z.found.tell("times, or how it was packed, differ"), nil
}

// directory reads the list of a zip's members, by name.
func directory(ctx context.Context, c kind.Content) (map[string]*zip.File, error) {
	guard := &guarded{ReaderAt: c, left: maxDirectory, on: true}
	r, err := zip.NewReader(guard, c.Size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, other(ctx, "zip", err)
	}
	guard.on = false
	files := make(map[string]*zip.File, len(r.File))
	for _, f := range r.File {
		if _, twice := files[f.Name]; twice {
			return nil, fmt.Errorf("it holds %q twice: %w", shortName(f.Name), kind.ErrOther)
		}
		files[f.Name] = f
	}
	return files, nil
}

// guarded refuses, while it is on, to read more than left bytes. Only the zip's reader, one at a
// time, reads while it is on.
type guarded struct {
	io.ReaderAt
	left int64
	on   bool
}

func (g *guarded) ReadAt(p []byte, at int64) (int, error) {
	if g.on {
		if g.left -= int64(len(p)); g.left < 0 {
			return 0, errors.New("its list of members is too long")
		}
	}
	return g.ReaderAt.ReadAt(p, at)
}

type zips struct {
	ctx    context.Context
	left   int64
	found  members
	differ // of all members: most are small, and there may be many
}

// same tells whether two members hold the same.
func (z *zips) same(a, b *zip.File) (bool, error) {
	if a.CRC32 != b.CRC32 || a.UncompressedSize64 != b.UncompressedSize64 {
		return z.sameProperties(a, b)
	}
	if a.Method == b.Method && a.CompressedSize64 == b.CompressedSize64 {
		same, err := z.compare(rawly(a), rawly(b))
		if err != nil || same {
			return same, err
		}
	}
	// A checksum says little of content that somebody meant to hide, so the content itself decides.
	return z.compare(a.Open, b.Open)
}

func rawly(f *zip.File) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		r, err := f.OpenRaw()
		return io.NopCloser(r), err
	}
}

func (z *zips) compare(openA, openB func() (io.ReadCloser, error)) (bool, error) {
	a, err := openA()
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := openB()
	if err != nil {
		return false, err
	}
	defer b.Close()
	at, err := z.differ.first(z.ctx, bounded{z.ctx, a, &z.left, maxUnpacked}, bounded{z.ctx, b, &z.left, maxUnpacked})
	return at < 0, err
}

var (
	documentTime    = regexp.MustCompile(`<(?:dcterms:created|dcterms:modified|cp:revision|cp:lastPrinted)\b[^>]*>`)
	documentTimeEnd = regexp.MustCompile(`</(?:dcterms:created|dcterms:modified|cp:revision|cp:lastPrinted)>`)
)

// sameProperties compares an office document's properties but for its dates.
func (z *zips) sameProperties(a, b *zip.File) (bool, error) {
	if a.Name != "docProps/core.xml" || max(a.UncompressedSize64, b.UncompressedSize64) > maxProperties {
		return false, nil
	}
	left, err := z.properties(a)
	if err != nil {
		return false, err
	}
	right, err := z.properties(b)
	return bytes.Equal(left, right), err
}

func (z *zips) properties(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxProperties))
	return kind.Without(text, documentTime, documentTimeEnd, nil), err
}
