package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxSVG bounds what is read of an SVG to take out what varies by nature.
const maxSVG = 16 << 20

// SVG compares SVGs as text, by text, having taken out what varies by nature: made-up names of
// elements, the date, and which program drew it. One that differs in nothing else is Same and Volatile.
func SVG(text kind.Comparer) kind.Comparer {
	return func(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
		if a.Size > maxSVG || b.Size > maxSVG {
			return petri.FileComparison{}, fmt.Errorf("more than %d MiB are too much for an SVG: %w", maxSVG>>20, kind.ErrOther)
		}
		left, err := plainSVG(a)
		if err != nil {
			return petri.FileComparison{}, err
		}
		right, err := plainSVG(b)
		if err != nil {
			return petri.FileComparison{}, err
		}
		if bytes.Equal(left, right) {
			return petri.FileComparison{
				Kind: kindImage, Verdict: petri.Same, Volatile: true,
				Summary: "the drawing is the same; only made-up names, dates or the program's name differ",
			}, nil
		}
		f, err := text(ctx, content(a.Path, left), content(b.Path, right), rules)
		if errors.Is(err, kind.ErrOther) {
			return f, err
		}
		f.Kind = kindImage
		return f, err
	}
}

func content(path string, text []byte) kind.Content {
	return kind.Content{Path: path, Size: int64(len(text)), ReaderAt: bytes.NewReader(text)}
}

var (
	remark, remarkEnd = regexp.MustCompile(`<!--`), regexp.MustCompile(`-->`)
	says, saysEnd     = regexp.MustCompile(`<(?:dc:date|dc:title|dc:creator)\b[^>]*>`), regexp.MustCompile(`</(?:dc:date|dc:title|dc:creator)>`)

	svgName = regexp.MustCompile(`\b(id\s*=\s*["'])([^"'<>\s]+)(["'])`)
	svgUse  = regexp.MustCompile(`(url\(\s*["']?#|href\s*=\s*["']#)([^"'()<>\s]+)`)
)

// plainSVG is an SVG's text without what varies by nature.
func plainSVG(c kind.Content) ([]byte, error) {
	text, err := io.ReadAll(c.Reader())
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(text[:min(len(text), 64<<10)], []byte("<svg")) {
		return nil, fmt.Errorf("it holds no <svg>: %w", kind.ErrOther)
	}
	text = kind.Without(kind.Without(text, remark, remarkEnd, nil), says, saysEnd, nil)
	// Each element's name becomes its place among the names, and whoever uses it follows.
	names := map[string]string{}
	text = svgName.ReplaceAllFunc(text, func(found []byte) []byte {
		part := svgName.FindSubmatch(found)
		name, known := names[string(part[2])]
		if !known {
			name = "name" + strconv.Itoa(len(names)+1)
			names[string(part[2])] = name
		}
		return append(append(bytes.Clone(part[1]), name...), part[3]...)
	})
	return svgUse.ReplaceAllFunc(text, func(found []byte) []byte {
		part := svgUse.FindSubmatch(found)
		if name, known := names[string(part[2])]; known {
			return append(bytes.Clone(part[1]), name...)
		}
		return found
	}), nil
}
