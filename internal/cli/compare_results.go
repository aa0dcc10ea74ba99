package cli

import (
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// What is shown of results where not all is asked for.
const (
	mostResults = 20
	mostColumns = 8
	mostCells   = 5
	mostLines   = 40
)

// printResults shows the result files that differ, the worst verdict first, and of each what
// differs most.
func (a *app) printResults(results []api.ResultChange, v comparisonView) {
	differing, volatile := notSame(results)
	s := a.style(a.stdout)
	if len(differing)+len(volatile) == 0 {
		return
	}
	a.out("\n%s  %s", s.bold("Results"), s.faint(fmt.Sprintf("%d of %s %s", len(differing), count(len(results), "file"), differs(len(differing)))))
	n := v.most(len(differing), mostResults)
	for _, r := range differing[:n] {
		a.printResult(r, v)
	}
	a.hidden(n, len(differing))
	n = v.most(len(volatile), 3)
	for _, r := range volatile[:n] {
		a.out("  %s  %s  %s", s.green("same"), workdir.Quote(r.Name()), s.faint(plain(r.Summary)))
	}
	a.hidden(n, len(volatile))
}

func differs(n int) string {
	if n == 1 {
		return "differs"
	}
	return "differ"
}

// notSame are the results that differ, the different ones first; and those in which differs only
// what differs by nature.
func notSame(results []api.ResultChange) (differing, volatile []api.ResultChange) {
	for _, verdict := range []petri.Verdict{petri.Different, petri.WithinTolerance} {
		for _, r := range results {
			if r.Verdict == string(verdict) {
				differing = append(differing, r)
			}
		}
	}
	for _, r := range results {
		if r.Verdict == string(petri.Same) && r.Volatile {
			volatile = append(volatile, r)
		}
	}
	return differing, volatile
}

func (a *app) printResult(r api.ResultChange, v comparisonView) {
	s := a.style(a.stdout)
	kind := ""
	if r.Kind != "" {
		kind = s.faint("  " + r.Kind)
	}
	a.out("  %s  %s%s", s.status(r.Verdict), s.bold(workdir.Quote(r.Name())), kind)
	if r.Summary != "" {
		a.out("    %s", plain(r.Summary))
	}
	if written := v.pictures[r.Name()]; written != "" {
		a.out("    picture of the difference: %s", workdir.Quote(written))
	}
	if len(r.Columns) > 1 || v.all && len(r.Columns) > 0 {
		a.printColumns(r.Columns, v)
	}
	a.printCells(r.Cells, v)
	a.printHunksBounded(r.Hunks, v)
}

func (a *app) printColumns(columns []api.ColumnComparison, v comparisonView) {
	s, rows := a.style(a.stdout), [][]string{}
	n := v.most(len(columns), mostColumns)
	for _, c := range columns[:n] {
		beyond := ""
		if c.Beyond != c.Differing {
			beyond = fmt.Sprintf("%d", c.Beyond)
			if c.Beyond == 0 {
				beyond = s.yellow("none")
			}
		}
		rows = append(rows, []string{"   ", short(c.Name), fmt.Sprintf("%d of %d", c.Differing, c.Cells), beyond, number(c.MaxAbs), number(c.MaxRel)})
	}
	a.indented([]string{"   ", "COLUMN", "CELLS DIFFER", "BEYOND TOLERANCE", "BY AT MOST", "RELATIVE"}, rows)
	a.hiddenBelow(n, len(columns), "column")
}

func (a *app) printCells(cells []api.CellChange, v comparisonView) {
	rows := [][]string{}
	n := v.most(len(cells), mostCells)
	for _, c := range cells[:n] {
		rows = append(rows, []string{"   ", short(c.Where), orNothing(c.A), orNothing(c.B), number(c.Abs), number(c.Rel)})
	}
	if n > 0 {
		a.indented([]string{"   ", "WHERE", "A", "B", "DIFFERENCE", "RELATIVE"}, rows)
		a.hiddenBelow(n, len(cells), "")
	}
}

// orNothing shows that a cell is empty.
func orNothing(text string) string {
	if strings.TrimSpace(text) == "" {
		return `""`
	}
	return short(text)
}

// indented prints a table without its columns that are empty in all rows.
func (a *app) indented(heading []string, rows [][]string) {
	for i := len(heading) - 1; i > 0; i-- {
		used := false
		for _, row := range rows {
			used = used || row[i] != ""
		}
		if used {
			continue
		}
		heading = append(heading[:i:i], heading[i+1:]...)
		for j, row := range rows {
			rows[j] = append(row[:i:i], row[i+1:]...)
		}
	}
	a.table(heading, rows)
}

func (a *app) hiddenBelow(shown, all int, what string) {
	if more := all - shown; more > 0 {
		if what != "" {
			what = " " + what
			if more > 1 {
				what += "s"
			}
		}
		a.out("     (%d more%s; see them with --all)", more, what)
	}
}
