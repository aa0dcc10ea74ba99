package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// comparisonView says how much of a comparison is shown.
type comparisonView struct {
	diff     bool              // the lines that differ, too
	all      bool              // everything, however long
	pictures map[string]string // where pictures of differences were written, by result file
}

// most is how many of n things are shown.
func (v comparisonView) most(n, limit int) int {
	if v.all {
		return n
	}
	return min(n, limit)
}

// printComparison shows a comparison: the verdict with its reasons, what came out otherwise, and
// then what may explain it; nothing that is the same.
func (a *app) printComparison(c api.Comparison, v comparisonView) {
	s := a.style(a.stdout)
	a.out("%s and %s: %s", c.A, c.B, s.bold(s.verdict(c.Verdict)))
	if c.Summary != "" {
		a.out("%s", strings.ReplaceAll(plain(c.Summary), ". ", ".\n"))
	}
	asked, ended := splitSettings(c.Settings)
	if a.section("How they ended", len(ended)) {
		a.printFieldChanges(ended)
	}
	if a.section("Metrics", len(c.Metrics)) {
		a.printMetrics(c.Metrics, v)
	}
	a.printResults(c.Results, v)
	a.printOutput(c.Stdout, v)
	if a.section("Settings", len(asked)) {
		a.printFieldChanges(asked)
	}
	if a.section("Code", len(c.Code)) {
		a.printCode(c.Code, v)
	}
	if a.section("Packages", len(c.Packages)) {
		a.printPackageDifferences(c.Packages, v)
	}
	if a.section("System and machine", len(c.Facts)) {
		a.printFacts(c.Facts)
	}
}

func (a *app) section(title string, n int) bool {
	if n > 0 {
		a.out("\n%s", a.style(a.stdout).bold(title))
	}
	return n > 0
}

// hidden says how many of all things are not shown.
func (a *app) hidden(shown, all int) {
	if more := all - shown; more > 0 {
		a.out("  (%d more; see them with --all)", more)
	}
}

// verdict is a verdict in words, coloured.
func (s style) verdict(verdict string) string {
	if verdict == string(petri.WithinTolerance) {
		return s.yellow("same within tolerance")
	}
	return s.status(verdict)
}

// splitSettings tells what was asked for from how it ended.
func splitSettings(all []api.FieldChange) (asked, ended []api.FieldChange) {
	for _, f := range all {
		if petri.FieldChange(f).Ending() {
			ended = append(ended, f)
		} else {
			asked = append(asked, f)
		}
	}
	return asked, ended
}

func (a *app) printFieldChanges(changes []api.FieldChange) {
	rows := [][]string{}
	for _, f := range changes {
		rows = append(rows, []string{f.Field, orNone(f.A, setting), orNone(f.B, setting)})
	}
	a.table([]string{"SETTING", "A", "B"}, rows)
}

// setting is a setting's value in a line; a digest's beginning tells it from any other.
func setting(text string) string {
	if d, err := petri.ParseDigest(text); err == nil {
		return string(d)[:len("sha256:")+12]
	}
	return oneLine(text)
}

// printFacts prints what differs of each fact; values that a fact has on both sides are left out.
func (a *app) printFacts(changes []api.FieldChange) {
	rows := [][]string{}
	for _, f := range changes {
		name := strings.ReplaceAll(f.Field, "_", " ")
		if f.Field == petri.FactCPUFlags && f.A != "" && f.B != "" { // lists of a processor's abilities
			rows = append(rows, []string{name, oneLine(onlyWords(f.A, f.B)), oneLine(onlyWords(f.B, f.A))})
			continue
		}
		x, y := onlyValues(f.A, f.B), onlyValues(f.B, f.A)
		for i := range max(len(x), len(y)) {
			row := []string{name, "", ""}
			if i < len(x) {
				row[1] = oneLine(x[i])
			}
			if i < len(y) {
				row[2] = oneLine(y[i])
			}
			rows, name = append(rows, row), ""
		}
	}
	a.table([]string{"WHAT", "A", "B"}, rows)
}

// onlyValues are the values of a, as petri.DiffFacts joins them, that b has not.
func onlyValues(a, b string) []string {
	there := strings.Split(b, ", ")
	return slices.DeleteFunc(strings.Split(a, ", "), func(value string) bool { return value == "" || slices.Contains(there, value) })
}

// onlyWords are the words of a that b has not.
func onlyWords(a, b string) string {
	in := map[string]bool{}
	for word := range strings.FieldsSeq(b) {
		in[word] = true
	}
	var only []string
	for word := range strings.FieldsSeq(a) {
		if !in[word] {
			only = append(only, word)
		}
	}
	if len(only) == 0 {
		return "…"
	}
	return "… " + strings.Join(only, " ")
}

func (a *app) printMetrics(list []api.MetricChange, v comparisonView) {
	s, rows := a.style(a.stdout), [][]string{}
	n := v.most(len(list), 30)
	for _, m := range list[:n] {
		word := ""
		if m.Verdict == string(petri.WithinTolerance) {
			word = s.yellow("within tolerance")
		}
		rows = append(rows, []string{oneLine(m.Name), orNone(m.A, short), orNone(m.B, short), signed(m.Delta), word})
	}
	a.table([]string{"METRIC", "A", "B", "DIFFERENCE", ""}, rows)
	a.hidden(n, len(list))
}

func (a *app) printOutput(o api.OutputChange, v comparisonView) {
	s := a.style(a.stdout)
	if o.Verdict == "" || o.Verdict == string(petri.Same) {
		return
	}
	ignored := ""
	if o.Ignored > 0 {
		ignored = s.faint(fmt.Sprintf("  (%s %s only in times and the like)", count(o.Ignored, "more line"), differs(o.Ignored)))
	}
	what := fmt.Sprintf("%s added, %d removed", count(o.Added, "line"), o.Removed)
	if o.Added+o.Removed == 0 {
		what = "numbers differ, all within tolerance"
	}
	a.out("\n%s  %s%s", s.bold("Standard output"), what, ignored)
	a.printHunksBounded(o.Hunks, v)
}

func (a *app) printCode(changes []api.PathChange, v comparisonView) {
	s := a.style(a.stdout)
	n := v.most(len(changes), 20)
	for _, c := range changes[:n] {
		lines := ""
		if added, removed := hunkLines(c.Hunks); added+removed > 0 {
			lines = s.faint(fmt.Sprintf("  +%d −%d", added, removed))
		}
		a.out("  %s%s  %s%s", s.status(c.Change), strings.Repeat(" ", 7-len(c.Change)), workdir.Quote(c.Name()), lines)
		a.printHunksBounded(c.Hunks, v)
	}
	a.hidden(n, len(changes))
}

// change colours what became of something.
func (s style) change(word string) string {
	switch word {
	case "added", "upgrade":
		return s.green(word)
	case "removed", "downgrade":
		return s.red(word)
	}
	return s.yellow(word)
}

// number writes a difference for people.
func number(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'g', 4, 64)
}

// signed is number with its direction.
func signed(n *float64) string {
	text := number(n)
	if n != nil && *n > 0 {
		text = "+" + text
	}
	return strings.Replace(text, "-", "−", 1)
}

// orNone is a value, made to fit, or that there is none.
func orNone(text string, fit func(string) string) string {
	if text == "" {
		return "(none)"
	}
	return fit(text)
}
