package store

import (
	"strconv"
	"strings"
	"sync"
)

// dialect is what the one body of SQL needs to be told.
type dialect struct {
	name string
	// numbered parameters: $1 instead of ?.
	numbered bool
	// skipLocked ends a SELECT that picks a row to change, so that pickers pass each other.
	skipLocked string
	// elements are the elements of one parameter, a JSON array, as rows of t with the column value.
	elements string
	// asText follows t.value to make text of it.
	asText string
	// plainly, where it is not empty, keeps a transaction's questions from being compiled before they are
	// asked, which the planner of PostgreSQL thinks to pay where many rows are read.
	plainly string
	rebound sync.Map // query → query
}

// rebind writes a query's ? as this database wants them. No query of ours has a ? in a text.
func (d *dialect) rebind(query string) string {
	if !d.numbered {
		return query
	}
	if done, ok := d.rebound.Load(query); ok {
		return done.(string)
	}
	var b strings.Builder
	n := 0
	for _, c := range query {
		if c != '?' {
			b.WriteRune(c)
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	d.rebound.Store(query, b.String())
	return b.String()
}

// filter gathers the conditions of a list.
type filter struct {
	terms []string
	args  []any
}

func (f *filter) add(term string, args ...any) {
	f.terms = append(f.terms, term)
	f.args = append(f.args, args...)
}

func (f *filter) where() string {
	if len(f.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.terms, " AND ")
}

// bare takes the table's name from a list of columns, for RETURNING, where SQLite knows no alias.
func bare(columns, table string) string { return strings.ReplaceAll(columns, table+".", "") }
