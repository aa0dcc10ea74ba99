package document

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxNotebook bounds the notebooks that are compared as such.
const maxNotebook = 256 << 20

// cell is what counts of a notebook's cell.
type cell struct {
	kind, id, source string
	outputs          []output
	noise            string // what went to standard error
}

// output is one form of one thing that a cell showed: text, or a picture.
type output struct {
	name string // text/plain, image/png, standard output, error
	text string
	// size and digest are a picture's.
	size   int
	digest petri.Digest
}

// readNotebook reads the cells of a notebook of nbformat 3 or 4.
func readNotebook(ctx context.Context, side string, c kind.Content) ([]cell, error) {
	if c.Size > maxNotebook {
		return nil, kind.Other("%s is longer than %s", side, kind.Count(maxNotebook, "byte"))
	}
	s := newScanner(ctx, side, c)
	left := maxValues
	v, err := s.tree(0, &left)
	if err != nil {
		return nil, err
	}
	if next, err := s.peek(); err != nil || next != 0 {
		return nil, kind.Other("something follows the end of %s", side)
	}
	root, _ := v.(map[string]any)
	list, ok := root["cells"].([]any)
	if sheets, old := root["worksheets"].([]any); old {
		ok = true
		for _, sheet := range sheets {
			sheet, _ := sheet.(map[string]any)
			of, _ := sheet["cells"].([]any)
			list = append(list, of...)
		}
	}
	if !ok {
		return nil, kind.Other("%s has no cells", side)
	}
	cells := make([]cell, 0, len(list))
	for _, v := range list {
		one, ok := v.(map[string]any)
		if !ok {
			return nil, kind.Other("a cell of %s is no object", side)
		}
		cells = append(cells, readCell(one))
	}
	return cells, nil
}

func readCell(one map[string]any) cell {
	c := cell{source: joined(one["source"])}
	c.kind, _ = one["cell_type"].(string)
	c.id, _ = one["id"].(string)
	if input, old := one["input"]; old && c.source == "" {
		c.source = joined(input)
	}
	c.source = strings.TrimRight(strings.ReplaceAll(c.source, "\r\n", "\n"), "\n")
	outputs, _ := one["outputs"].([]any)
	streams := -1 // where standard output is
	for _, v := range outputs {
		o, _ := v.(map[string]any)
		switch kind, _ := o["output_type"].(string); kind {
		case "stream":
			name, _ := o["name"].(string)
			if old, isOld := o["stream"].(string); isOld {
				name = old
			}
			switch {
			case name == "stderr":
				c.noise += joined(o["text"])
			case streams < 0:
				streams = len(c.outputs)
				c.outputs = append(c.outputs, output{name: "standard output", text: joined(o["text"])})
			default:
				c.outputs[streams].text += joined(o["text"])
			}
		case "error", "pyerr":
			c.outputs = append(c.outputs, output{name: "error", text: trouble(o)})
		default:
			c.outputs = append(c.outputs, forms(o)...)
		}
	}
	return c
}

// trouble is an error's name, its message and where it was raised.
func trouble(o map[string]any) string {
	name, _ := o["ename"].(string)
	value, _ := o["evalue"].(string)
	trace, _ := o["traceback"].([]any)
	text := name + ": " + value
	for _, line := range trace {
		line, _ := line.(string)
		text += "\n" + line
	}
	return text
}

// forms are all the forms in which a thing is shown, by name.
func forms(o map[string]any) []output {
	data, isNew := o["data"].(map[string]any)
	if !isNew {
		data = map[string]any{}
		for old, name := range map[string]string{
			"text": "text/plain", "html": "text/html", "png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml",
			"latex": "text/latex", "json": "application/json", "javascript": "application/javascript",
		} {
			if v, has := o[old]; has {
				data[name] = v
			}
		}
	}
	var list []output
	for _, name := range slices.Sorted(maps.Keys(data)) {
		list = append(list, form(name, data[name]))
	}
	return list
}

func form(name string, v any) output {
	o := output{name: name}
	switch {
	case strings.HasPrefix(name, "image/") && name != "image/svg+xml":
		text := strings.Join(strings.Fields(joined(v)), "")
		picture, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			picture = []byte(text)
		}
		o.size, o.digest = len(picture), petri.DigestBytes(pixels(picture))
	case name == "application/json" || strings.HasSuffix(name, "+json"):
		if o.text = joined(v); o.text == "" {
			o.text = pretty(v)
		}
	default:
		o.text = joined(v)
	}
	return o
}

// joined is text that is written as a string or as a list of lines.
func joined(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var b strings.Builder
		for _, line := range v {
			line, ok := line.(string)
			if !ok {
				return ""
			}
			b.WriteString(line)
		}
		return b.String()
	}
	return ""
}

// pretty writes a value with a line for each part, not indented: it may be nested deep.
func pretty(v any) string {
	b, err := json.MarshalIndent(v, "", "")
	if err != nil { // it is nested too deep for the library
		return fmt.Sprint(v)
	}
	return string(b)
}

// pixels is a PNG without the chunks that tell when and with what it was made; others are left
// as they are.
func pixels(picture []byte) []byte {
	rest, isPNG := bytes.CutPrefix(picture, []byte("\x89PNG\r\n\x1a\n"))
	if !isPNG {
		return picture
	}
	var kept []byte
	for len(rest) >= 12 {
		n := int64(binary.BigEndian.Uint32(rest)) + 12
		if n > int64(len(rest)) {
			break
		}
		switch string(rest[4:8]) {
		case "tEXt", "zTXt", "iTXt", "tIME", "eXIf":
		default:
			kept = append(kept, rest[:n]...)
		}
		rest = rest[n:]
	}
	return append(kept, rest...)
}
