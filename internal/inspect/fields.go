package inspect

import "bytes"

// field is one "Name: value" line; value lacks surrounding blanks.
type field struct{ name, value []byte }

// headers yields the fields of a text in the form that Debian, R and Python share: a field a
// line, continued lines indented, ended by an empty line. It returns what follows that line.
func headers(text []byte, each func(field) (more bool)) (rest []byte) {
	for len(text) > 0 {
		line, after, _ := bytes.Cut(text, []byte("\n"))
		text = after
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			return text
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && !each(field{name, bytes.TrimSpace(value)}) {
			return nil
		}
	}
	return nil
}

// plain is a value as a row can hold it: bounded, and without control characters.
func plain(value []byte) string {
	const most = 300
	if len(value) > most {
		return ""
	}
	for _, c := range value {
		if c < ' ' || c == 0x7f {
			return ""
		}
	}
	return string(value)
}
