package text

import (
	"bytes"
	"io"

	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxPlain bounds the texts in another encoding than UTF-8 that Plain rewrites in memory.
const maxPlain = 64 << 20

// Plain is content as UTF-8 without a byte order mark, for readers of formats that are text.
// What does not look like text, or is too long to be rewritten, is kind.ErrOther.
func Plain(c kind.Content) (kind.Content, error) {
	f, ok, err := detect(c)
	switch {
	case err != nil:
		return c, err
	case !ok:
		return c, kind.Other("it does not look like text")
	case f.encoding == utf8Text:
		return kind.Content{Path: c.Path, Size: c.Size - f.mark, ReaderAt: io.NewSectionReader(c, f.mark, c.Size-f.mark)}, nil
	case c.Size > maxPlain:
		return c, kind.Other("it is in %s and longer than %s", f.encoding, kind.Count(maxPlain, "byte"))
	}
	b, err := io.ReadAll(decoded(section(c, f.mark, c.Size), f.encoding))
	return kind.Content{Path: c.Path, Size: int64(len(b)), ReaderAt: bytes.NewReader(b)}, err
}
