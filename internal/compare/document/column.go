package document

import (
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// maxColumns bounds the paths that are told apart, and maxNamed those that a comparison names.
const (
	maxColumns = 100_000
	maxNamed   = 1000
)

// column is a path without its indices, and what was found at it.
type column struct {
	key      string
	name     string
	rules    petri.Tolerance
	ignored  bool
	below    map[string]*column
	cells    int64
	differs  int64
	beyond   int64
	abs, rel *float64
}

// columns gives paths their columns, by the rules of a file.
type columns struct {
	rules petri.FileRules
	root  *column
	all   []*column
}

// newColumns starts with a root of a name. Rules may name paths with or without it.
func newColumns(rules petri.FileRules, root string) *columns {
	own := make([]petri.ColumnRules, len(rules.Columns))
	for i, r := range rules.Columns {
		if r.Name = strings.TrimPrefix(r.Name, "$."); root != "" && !strings.HasPrefix(r.Name, "$") {
			r.Name = root + "." + r.Name
		}
		own[i] = r
	}
	rules.Columns = own
	c := &columns{rules: rules}
	c.root = c.make("", root)
	return c
}

func (c *columns) make(key, name string) *column {
	col := &column{key: key, name: name}
	col.rules, col.ignored = c.rules.Column(name)
	c.all = append(c.all, col)
	return col
}

// below is the column of a key of objects at col.
func (c *columns) below(col *column, key []byte) *column {
	if known := col.below[string(key)]; known != nil {
		return known
	}
	k := string(key)
	name := join(col.name, quoted(k))
	if len(c.all) > maxColumns {
		made := &column{key: k, name: name}
		made.rules, made.ignored = c.rules.Column(name)
		return made // what is found there is told by its cell alone
	}
	if col.below == nil {
		col.below = map[string]*column{}
	}
	made := c.make(k, name)
	col.below[k] = made
	return made
}

func join(path, key string) string {
	if path == "" || key[0] == '[' {
		return path + key
	}
	return path + "." + key
}

// quoted writes a key for a path: plain where it is a name, as ["a b"] where it is not.
func quoted(key string) string {
	plain := key != "" && len(key) <= 200
	for _, r := range key {
		plain = plain && (r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f && r != '\uFFFD')
	}
	if plain {
		return key
	}
	return "[" + strconv.Quote(kind.Clip(key, 200)) + "]"
}

// note adds a pair of values.
func (col *column) note(g gap) {
	col.cells++
	if g.equal {
		return
	}
	col.differs++
	if !g.close {
		col.beyond++
	}
	col.abs, col.rel = greater(col.abs, g.abs), greater(col.rel, g.rel)
}

func greater(a, b *float64) *float64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

func (col *column) verdict() petri.Verdict {
	switch {
	case col.beyond > 0:
		return petri.Different
	case col.differs > 0:
		return petri.WithinTolerance
	}
	return petri.Same
}
