package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/document"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/opaque"
	"github.com/petri-dev/petri/internal/compare/picture"
	"github.com/petri-dev/petri/internal/compare/table"
	"github.com/petri-dev/petri/internal/compare/text"
)

// comparer is a kind's comparer. Those that hold much at once are heavy: one of them works at a time.
type comparer struct {
	compare kind.Comparer
	heavy   bool
}

// byName is the comparer that a file's name asks for; none for a name that says nothing.
func byName(name string) (comparer, bool) {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".csv", ".tsv", ".tab":
		return comparer{compare: table.CSV}, true
	case ".parquet", ".pq":
		return comparer{compare: table.Parquet}, true
	case ".npy":
		return comparer{compare: table.NPY}, true
	case ".npz":
		return comparer{compare: table.NPZ}, true
	case ".json", ".geojson":
		return comparer{compare: document.JSON}, true
	case ".jsonl", ".ndjson":
		return comparer{compare: document.Lines}, true
	case ".ipynb":
		return comparer{compare: document.Notebook, heavy: true}, true
	case ".png", ".jpg", ".jpeg", ".gif":
		return comparer{compare: picture.Raster, heavy: true}, true
	case ".svg":
		return comparer{compare: picture.SVG(text.Files), heavy: true}, true
	case ".pdf":
		return comparer{compare: opaque.PDF, heavy: true}, true
	case ".zip", ".xlsx", ".xlsm", ".docx", ".pptx", ".ods", ".odt", ".jar", ".whl":
		return comparer{compare: opaque.Zip, heavy: true}, true
	case ".tar", ".tgz", ".tbz2":
		return comparer{compare: opaque.Tar, heavy: true}, true
	case ".rds", ".rdata", ".rda":
		return comparer{compare: opaque.R}, true
	case ".gz", ".bz2", ".zst":
		if strings.ToLower(path.Ext(name[:len(name)-len(ext)])) == ".tar" {
			return comparer{compare: opaque.Tar, heavy: true}, true
		}
		return comparer{compare: opaque.Packed}, true
	}
	return comparer{}, false
}

// byContent is the comparer that content asks for by how it begins.
func byContent(c kind.Content) (comparer, string, error) {
	head := make([]byte, 8)
	n, err := c.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return comparer{}, "", err
	}
	head = head[:n]
	for _, one := range []struct{ magic, name string }{
		{"%PDF-", ".pdf"}, {"\x89PNG", ".png"}, {"\xff\xd8\xff", ".jpg"}, {"GIF8", ".gif"}, {"PK\x03\x04", ".zip"},
		{"PAR1", ".parquet"}, {"\x93NUMPY", ".npy"}, {"\x1f\x8b", ".gz"}, {"BZh", ".bz2"}, {"\x28\xb5\x2f\xfd", ".zst"},
	} {
		if bytes.HasPrefix(head, []byte(one.magic)) {
			found, _ := byName(one.name)
			return found, one.name, nil
		}
	}
	return comparer{}, "", nil
}

// contents compares files by what they hold. It may be used concurrently.
type contents struct{ heavy sync.Mutex }

// compare compares two contents as what their name says; where they are not that, as what they
// begin like, as text, or byte by byte, and says so.
func (d *contents) compare(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	but := ""
	named, known := byName(a.Path)
	if known {
		f, err := d.named(ctx, named, a, b, rules)
		if !errors.Is(err, kind.ErrOther) {
			return f, err
		}
		but = fmt.Sprintf("named %s, but %s", strings.ToLower(path.Ext(a.Path)), kind.Reason(err))
	}
	f, err := d.unnamed(ctx, a, b, rules, &but)
	if but != "" && err == nil {
		f.Summary = strings.TrimPrefix(f.Summary+"; "+but, "; ")
	}
	return f, err
}

// unnamed compares contents of which the name says nothing, or something else.
func (d *contents) unnamed(ctx context.Context, a, b kind.Content, rules petri.FileRules, but *string) (petri.FileComparison, error) {
	found, magicA, err := byContent(a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	_, magicB, err := byContent(b)
	if err != nil {
		return petri.FileComparison{}, err
	}
	if magicA != "" && magicA == magicB && (*but == "" || magicA != strings.ToLower(path.Ext(a.Path))) {
		f, err := d.call(ctx, found, a, b, rules)
		if !errors.Is(err, kind.ErrOther) {
			return f, err
		}
	}
	f, err := d.call(ctx, comparer{compare: text.Files}, a, b, rules)
	if !errors.Is(err, kind.ErrOther) {
		return f, err
	}
	return opaque.Binary(ctx, a, b, rules)
}

// named calls the comparer that the name asks for. What is packed is compared by the name that it
// has when it is unpacked, where it fits into memory.
func (d *contents) named(ctx context.Context, c comparer, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	inner := ""
	switch ext := path.Ext(a.Path); strings.ToLower(ext) {
	case ".gz", ".bz2", ".zst":
		inner = a.Path[:len(a.Path)-len(ext)]
	}
	inside, known := byName(inner)
	if !known {
		inside = comparer{compare: text.Files}
	}
	if ext := strings.ToLower(path.Ext(inner)); ext != ".tar" && (known || ext == ".txt" || ext == ".log") {
		f, err := d.unpacked(ctx, inside, a, b, inner, rules)
		if !errors.Is(err, kind.ErrOther) {
			return f, err
		}
	}
	return d.call(ctx, c, a, b, rules)
}

func (d *contents) unpacked(ctx context.Context, inside comparer, a, b kind.Content, inner string, rules petri.FileRules) (petri.FileComparison, error) {
	d.heavy.Lock()
	defer d.heavy.Unlock()
	left, err := opaque.Unpack(ctx, a, inner)
	if err != nil {
		return petri.FileComparison{}, err
	}
	right, err := opaque.Unpack(ctx, b, inner)
	if err != nil {
		return petri.FileComparison{}, err
	}
	f, err := opaque.Binary(ctx, left, right, rules)
	switch {
	case err != nil:
		return f, err
	case f.Verdict == petri.Same:
		return f, kind.ErrOther // the packed files' comparer has the words for it
	}
	inside.heavy = false // what it guards against is held already
	return d.call(ctx, inside, left, right, rules)
}

// call calls a comparer. One that stumbles over what strangers wrote does not take the server
// along: the content is then compared as something simpler.
func (d *contents) call(ctx context.Context, c comparer, a, b kind.Content, rules petri.FileRules) (f petri.FileComparison, err error) {
	if c.heavy {
		d.heavy.Lock()
		defer d.heavy.Unlock()
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading it went wrong (%v): %w", p, kind.ErrOther)
		}
	}()
	return c.compare(ctx, a, b, rules)
}
