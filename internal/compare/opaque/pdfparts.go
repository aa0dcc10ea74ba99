package opaque

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"regexp"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxPDF bounds what the streams of a PDF are unpacked to, all together; maxSpeaking what is
// kept of one that is read for what it says.
const (
	maxPDF      = 1 << 30
	maxSpeaking = 8 << 20
)

// What varies by nature in a PDF.
const (
	saidDates   = "dates"
	saidIDs     = "identifiers"
	saidProgram = "the name of the program that made it"
)

type sum = [sha256.Size]byte

func (p *pdf) add(part []byte) { p.parts = append(p.parts, sha256.Sum256(part)) }

// The value of an entry in a dictionary: a string in brackets, or one in hexadecimal digits.
const pdfString = `(?:\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\)|<[0-9A-Fa-f\s]*>)`

var (
	pdfDate    = regexp.MustCompile(`(?s)/(?:CreationDate|ModDate|LastModified)\s*` + pdfString)
	pdfProgram = regexp.MustCompile(`(?s)/(?:Producer|Creator)\s*` + pdfString)
	pdfID      = regexp.MustCompile(`(?s)/ID\s*\[\s*` + pdfString + `\s*` + pdfString + `\s*\]`)
	pdfPlaces  = regexp.MustCompile(`\bxref[\s\dnf]*trailer|startxref\s+\d+|/(?:Prev|Length|XRefStm)\s+\d+(?:\s+\d+\s+R\b)?`)
	pdfObjects = regexp.MustCompile(`/(?:First|N)\s+\d+`) // of a stream of objects: how many, and where
	pdfPage    = regexp.MustCompile(`/Type\s*/Page\b`)
	pdfLength  = regexp.MustCompile(`/Length\s+(\d+)\s+\d+\s+R\b`) // a length told after its stream, there:
	pdfNumber  = regexp.MustCompile(`\b(\d+)\s+\d+\s+obj\s+\d+\s+endobj`)

	// In XML an entry is an element, which goes on to xmpEnd, or an attribute.
	xmpDate        = regexp.MustCompile(`<(?:(?:xmp|xap):(?:CreateDate|ModifyDate|MetadataDate)|pdf:ModDate|dc:date)>`)
	xmpProgram     = regexp.MustCompile(`<(?:pdf:Producer|(?:xmp|xap):CreatorTool)>`)
	xmpID          = regexp.MustCompile(`<(?:xmpMM|xapMM):(?:DocumentID|InstanceID|VersionID)>`)
	xmpEnd         = regexp.MustCompile(`</`)
	xmpDateNote    = regexp.MustCompile(`\b(?:xmp|xap):(?:CreateDate|ModifyDate|MetadataDate)\s*=\s*"[^"]*"`)
	xmpProgramNote = regexp.MustCompile(`\b(?:pdf:Producer|(?:xmp|xap):CreatorTool)\s*=\s*"[^"]*"`)
	xmpIDNote      = regexp.MustCompile(`\b(?:xmpMM|xapMM):(?:DocumentID|InstanceID|VersionID)\s*=\s*"[^"]*"`)
)

// plain is text of a PDF without what varies by nature, which is remembered, and without the
// lengths and offsets that follow from it.
func (p *pdf) plain(text []byte) []byte {
	for rest := text; ; p.pages++ {
		page := pdfPage.FindIndex(rest)
		if page == nil {
			break
		}
		rest = rest[page[1]:]
	}
	text = p.without(text, saidDates, xmpDate, pdfDate, xmpDateNote)
	text = p.without(text, saidProgram, xmpProgram, pdfProgram, xmpProgramNote)
	text = p.without(text, saidIDs, xmpID, pdfID, xmpIDNote)
	text = pdfNumber.ReplaceAllFunc(text, func(found []byte) []byte {
		if p.lengths[string(pdfNumber.FindSubmatch(found)[1])] {
			return nil
		}
		return found
	})
	return pdfPlaces.ReplaceAll(text, nil)
}

// without leaves out elements of XML and what matches patterns, and remembers it under a name.
func (p *pdf) without(text []byte, name string, element *regexp.Regexp, patterns ...*regexp.Regexp) []byte {
	said := func(found []byte) {
		if p.said[name] == nil {
			p.said[name] = sha256.New()
		}
		_, _ = p.said[name].Write(found)
	}
	text = kind.Without(text, element, xmpEnd, said)
	for _, pattern := range patterns {
		text = pattern.ReplaceAllFunc(text, func(found []byte) []byte { said(found); return nil })
	}
	return text
}

var (
	typeXRef    = regexp.MustCompile(`/Type\s*/XRef\b`)
	typeObjects = regexp.MustCompile(`/Type\s*/ObjStm\b`)
	typeWords   = regexp.MustCompile(`/Type\s*/Metadata\b`)
	flate       = regexp.MustCompile(`/Filter\s*\[?\s*/FlateDecode\b`)
	// What is not what a page draws says so: fonts, pictures, colour profiles.
	typeOther = regexp.MustCompile(`/(?:Type|Subtype|Length1|N|FunctionType|ShadingType)\b`)
)

// stream adds a stream, unpacked where it is packed as most are.
func (p *pdf) stream(ctx context.Context, dictionary, stream []byte, left *int64) error {
	if typeXRef.Match(dictionary) {
		return nil // offsets
	}
	speaks := typeObjects.Match(dictionary) || typeWords.Match(dictionary) || !typeOther.Match(dictionary)
	if flate.Match(dictionary) {
		if z, err := zlib.NewReader(bytes.NewReader(stream)); err == nil {
			text, rest, err := read(bounded{ctx, z, left, maxPDF}, speaks)
			if err == nil {
				p.piece(dictionary, text, rest)
				return nil
			}
			if !damaged(err) {
				return err
			}
		}
	}
	text, rest, err := read(bytes.NewReader(bytes.TrimRight(stream, "\r\n")), speaks)
	p.piece(dictionary, text, rest)
	return err
}

// read reads a stream: as text where it speaks, and a digest of what is left.
func read(r io.Reader, speaks bool) (text []byte, rest sum, err error) {
	if speaks {
		if text, err = io.ReadAll(io.LimitReader(r, maxSpeaking)); err != nil {
			return nil, sum{}, err
		}
	}
	hash := sha256.New()
	_, err = io.Copy(hash, r)
	return text, sum(hash.Sum(nil)), err
}

// piece adds what was read of a stream.
func (p *pdf) piece(dictionary, text []byte, rest sum) {
	p.parts = append(p.parts, rest)
	if !typeOther.Match(dictionary) {
		p.add(withoutSpace(text))
		return
	}
	if typeObjects.Match(dictionary) {
		// Before the objects stand their numbers and offsets.
		if begin := bytes.IndexAny(text, "<[(/"); begin > 0 {
			text = text[begin:]
		}
	}
	if len(text) > 0 {
		p.add(p.plain(text))
	}
}

// withoutSpace is what a page draws with one space where there are several, outside of the texts
// that it draws: how many there are means nothing, and is the first thing that versions of a
// program write otherwise. What holds a picture in its midst is left as it is.
func withoutSpace(page []byte) []byte {
	if bytes.Contains(page, []byte("ID")) && bytes.Contains(page, []byte("EI")) {
		return page
	}
	out := make([]byte, 0, len(page))
	depth, escaped := 0, false
	for _, c := range page {
		blank := depth == 0 && bytes.IndexByte([]byte(" \t\r\n\f\x00"), c) >= 0
		switch {
		case escaped:
			escaped = false
		case depth > 0 && c == '\\':
			escaped = true
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		}
		if blank {
			if len(out) > 0 && out[len(out)-1] == ' ' {
				continue
			}
			c = ' '
		}
		out = append(out, c)
	}
	return bytes.TrimSpace(out)
}

// damaged: what is packed cannot be unpacked, so it is compared as it is.
func damaged(err error) bool {
	return !errors.Is(err, errTooMuch) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}
