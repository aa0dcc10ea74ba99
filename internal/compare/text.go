package compare

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/petri-dev/petri"
)

const (
	maxText  = 1 << 20  // files up to this are compared line by line
	maxHunks = 64 << 10 // what of the hunks is kept
)

// content is one side of a file; the zero value is a file that is not there.
type content struct {
	digest petri.Digest
	bytes  int64
}

// textDiff is what comparing two contents as text found.
type textDiff struct {
	kind           string // text or binary; "" for what is too long to be looked into
	hunks          string
	added, removed int
}

// differences compares two contents line by line where both are text of moderate size.
func differences(ctx context.Context, open Open, path string, a, b content) (textDiff, error) {
	if a.digest == b.digest || a.bytes > maxText || b.bytes > maxText {
		return textDiff{}, nil
	}
	before, err := a.read(ctx, open)
	if err != nil {
		return textDiff{}, err
	}
	after, err := b.read(ctx, open)
	if err != nil {
		return textDiff{}, err
	}
	if !isText(before) || !isText(after) {
		return textDiff{kind: "binary"}, nil
	}
	hunks := unified(path, before, after)
	added, removed := countLines(hunks)
	return textDiff{kind: "text", hunks: cut(hunks), added: added, removed: removed}, nil
}

func (c content) read(ctx context.Context, open Open) ([]byte, error) {
	if c.digest == "" {
		return nil, nil
	}
	return readAll(ctx, open, c.digest, maxText)
}

func isText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

// unified is the difference as hunks, without the line that names a command.
func unified(path string, a, b []byte) string {
	text := string(diff.Diff("a/"+path, a, "b/"+path, b))
	if rest, found := strings.CutPrefix(text, "diff "); found {
		_, text, _ = strings.Cut(rest, "\n")
	}
	return text
}

// countLines counts the lines that hunks add and remove.
func countLines(hunks string) (added, removed int) {
	_, body, _ := strings.Cut(hunks, "\n@@") // past the two lines that name the files
	for line := range strings.Lines(body) {
		switch line[0] {
		case '+':
			added++
		case '-':
			removed++
		}
	}
	return added, removed
}

// cut keeps hunks short, in whole lines.
func cut(hunks string) string {
	if len(hunks) <= maxHunks {
		return hunks
	}
	kept := hunks[:maxHunks]
	if end := strings.LastIndexByte(kept, '\n'); end >= 0 {
		kept = kept[:end+1]
	} else {
		kept = strings.ToValidUTF8(kept, "") + "\n"
	}
	return kept + "… the rest is left out\n"
}
