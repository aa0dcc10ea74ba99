package opaque

import (
	"bytes"
	"context"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// PDF compares two PDFs part by part, streams unpacked. Two that differ only in dates,
// identifiers, the names of the programs that made them, and what follows from those (offsets, how
// streams are packed) or in blanks are Same and Volatile.
func PDF(ctx context.Context, a, b kind.Content, _ petri.FileRules) (petri.FileComparison, error) {
	left, err := readPDF(ctx, a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	right, err := readPDF(ctx, b)
	if err != nil {
		return petri.FileComparison{}, err
	}
	f := petri.FileComparison{Kind: kindPDF, Verdict: petri.Different}
	differing := 0
	for i := range max(len(left.parts), len(right.parts)) {
		if i >= len(left.parts) || i >= len(right.parts) || left.parts[i] != right.parts[i] {
			differing++
		}
	}
	switch {
	case differing == 0:
		f.Verdict, f.Volatile = petri.Same, true
		f.Summary = "the pages are the same; only " + left.saidOtherwise(right)
	case left.pages != right.pages:
		f.Summary = fmt.Sprintf("%s in A, %s in B", kind.Count(left.pages, "page"), kind.Grouped(right.pages))
	default:
		f.Summary = fmt.Sprintf("not only dates and identifiers differ, but %s of %s", kind.Grouped(int64(differing)), kind.Count(int64(max(len(left.parts), len(right.parts))), "part"))
		if left.pages > 0 {
			f.Summary += " (" + kind.Count(left.pages, "page") + " each)"
		}
	}
	return f, nil
}

// maxLengths bounds the objects that are known to be lengths of streams.
const maxLengths = 100_000

// pdf is what is kept of a PDF to compare it.
type pdf struct {
	parts   []sum
	pages   int64
	said    map[string]hash.Hash // what varies by nature, by its name
	lengths map[string]bool      // the objects that are but lengths of streams
}

// saidOtherwise names what varies by nature and does vary.
func (p pdf) saidOtherwise(q pdf) string {
	var names []string
	for _, name := range []string{saidDates, saidIDs, saidProgram} {
		x, y := p.said[name], q.said[name]
		if (x == nil) != (y == nil) || x != nil && !bytes.Equal(x.Sum(nil), y.Sum(nil)) {
			names = append(names, name)
		}
	}
	switch len(names) {
	case 0:
		return "how it is written differs"
	case 1:
		if names[0] == saidProgram {
			return names[0] + " differs"
		}
	}
	return strings.Join(names, ", ") + " differ"
}

// readPDF takes a PDF apart into text between streams, and streams.
func readPDF(ctx context.Context, c kind.Content) (pdf, error) {
	if c.Size > maxHeld {
		return pdf{}, fmt.Errorf("more than %d MiB are too much for a PDF to be looked into: %w", maxHeld>>20, kind.ErrOther)
	}
	content, err := io.ReadAll(c.Reader())
	if err != nil {
		return pdf{}, err
	}
	if !bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-")) {
		return pdf{}, fmt.Errorf("it does not begin as a PDF does: %w", kind.ErrOther)
	}
	p := pdf{said: map[string]hash.Hash{}, lengths: map[string]bool{}}
	for rest := content; len(p.lengths) < maxLengths; {
		found := pdfLength.FindSubmatchIndex(rest)
		if found == nil {
			break
		}
		p.lengths[string(rest[found[2]:found[3]])] = true
		rest = rest[found[1]:]
	}
	left := int64(maxPDF)
	for len(content) > 0 {
		text, stream, rest := nextStream(content)
		content = rest
		dictionary := text[max(0, bytes.LastIndex(text, []byte(" obj"))):]
		plain := p.plain(text)
		if typeObjects.Match(dictionary) {
			plain = pdfObjects.ReplaceAll(plain, nil)
		}
		p.add(plain)
		if stream == nil {
			continue
		}
		if err := p.stream(ctx, dictionary, stream, &left); err != nil {
			return pdf{}, other(ctx, "PDF", err)
		}
	}
	return p, nil
}

// nextStream cuts content into the text before a stream, the stream, and what follows it.
func nextStream(content []byte) (text, stream, rest []byte) {
	for at := 0; ; {
		i := bytes.Index(content[at:], []byte("stream"))
		if i < 0 {
			return content, nil, nil
		}
		begin := at + i + len("stream")
		after := content[begin:]
		switch {
		case !bytes.HasSuffix(bytes.TrimRight(content[max(0, at+i-16):at+i], " \t\r\n\f\x00"), []byte(">>")): // the word, in a text
			at = begin
			continue
		case bytes.HasPrefix(after, []byte("\r\n")):
			begin += 2
		case bytes.HasPrefix(after, []byte("\n")):
			begin++
		default:
			at = begin
			continue
		}
		end := bytes.Index(content[begin:], []byte("endstream"))
		if end < 0 {
			return content, nil, nil
		}
		return content[:begin], content[begin : begin+end], content[begin+end+len("endstream"):]
	}
}
