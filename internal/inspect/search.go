package inspect

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

// resolve follows a file's links by hand, within the root, to the file itself; "" where there
// is none.
func (t *tree) resolve(name string) string {
	for range 16 {
		target := t.link(name)
		if target == "" {
			if !t.has(name) {
				return ""
			}
			return name
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(name), target)
		}
		name = path.Clean(target)
	}
	return ""
}

// Files are searched through a window at a time; windows overlap, so that nothing is cut.
const window, overlap = 128 << 10, 512

// find searches the first most bytes of a file for pattern, near the places where hint is, and
// gives the pattern's first group.
func (f *factScan) find(name, hint string, pattern *regexp.Regexp, most int64) string {
	file, ok := f.tree.open(f.tree.resolve(name))
	if !ok {
		return ""
	}
	defer file.close()
	buf := make([]byte, window)
	for at := int64(0); at < min(most, file.size); at += window - overlap {
		n, err := file.file.ReadAt(buf, at)
		if n == 0 && err != nil {
			return ""
		}
		text := buf[:n]
		for {
			place := bytes.Index(text, []byte(hint))
			if place < 0 {
				break
			}
			near := text[max(0, place-overlap/2):min(len(text), place+overlap/2)]
			if found := pattern.FindSubmatch(near); found != nil {
				return string(found[1])
			}
			text = text[place+len(hint):]
		}
	}
	return ""
}

// define reads what a C header defines a name as, without quotes.
func define(header []byte, name string) string {
	for line := range bytes.Lines(header) {
		fields := strings.Fields(string(line))
		if len(fields) >= 3 && fields[0] == "#define" && fields[1] == name {
			return strings.Trim(fields[2], `"`)
		}
	}
	return ""
}

// versionNumber tells a version from other text.
var versionNumber = regexp.MustCompile(`^\d+(\.\d+)*[0-9A-Za-z.+~-]*$`)
