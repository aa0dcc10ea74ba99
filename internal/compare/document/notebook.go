package document

import (
	"context"
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/text"
)

// Notebook is the kind.Comparer of Jupyter notebooks: source, and outputs apart from it. Text
// that was put out is compared as a program's output is, pictures by what they show. Counts of
// execution, metadata, ids, and what went to standard error do not count.
func Notebook(ctx context.Context, a, b kind.Content, rules petri.FileRules) (petri.FileComparison, error) {
	cellsA, err := cellsOf(ctx, "A", a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	cellsB, err := cellsOf(ctx, "B", b)
	if err != nil {
		return petri.FileComparison{}, err
	}
	n := notebook{ctx: ctx, rules: petri.Rules{Tolerance: rules.Tolerance()}}
	twins := pairUp(cellsA, cellsB)
	for _, t := range twins {
		switch {
		case t.b < 0:
			n.onlyA++
			n.cell(fmt.Sprintf("cell %d of A", t.a+1), brief(cellsA[t.a].source), "")
		case t.a < 0:
			n.onlyB++
			n.cell(fmt.Sprintf("cell %d of B", t.b+1), "", brief(cellsB[t.b].source))
		default:
			if err := n.pair(fmt.Sprintf("cell %d", t.a+1), cellsA[t.a], cellsB[t.b]); err != nil {
				return petri.FileComparison{}, err
			}
		}
	}
	return n.file(len(twins)), nil
}

func cellsOf(ctx context.Context, side string, c kind.Content) ([]cell, error) {
	plain, err := text.Plain(c)
	if err != nil {
		return nil, err
	}
	return readNotebook(ctx, side, plain)
}

// maxNotebookHunks bounds the hunks of all cells together.
const maxNotebookHunks = 64 << 10

// notebook gathers how two notebooks differ.
type notebook struct {
	ctx                            context.Context
	rules                          petri.Rules
	source, outputs, within, noise int // cells that differ in it
	onlyA, onlyB                   int
	hunks                          strings.Builder
	f                              petri.FileComparison
}

func (n *notebook) cell(where, a, b string) {
	if len(n.f.Cells) < petri.MaxCells {
		n.f.Cells = append(n.f.Cells, petri.CellChange{Where: where, A: a, B: b})
	}
}

func (n *notebook) column(name string, verdict petri.Verdict, cells, differing, beyond int) {
	if differing > 0 && len(n.f.Columns) < maxNamed {
		n.f.Columns = append(n.f.Columns, petri.ColumnComparison{Name: name, Verdict: verdict, Cells: int64(cells), Differing: int64(differing), Beyond: int64(beyond)})
	}
}

func (n *notebook) addHunks(hunks string) {
	if room := maxNotebookHunks - n.hunks.Len(); len(hunks) <= room {
		n.hunks.WriteString(hunks)
	}
}

// pair compares two cells that belong together.
func (n *notebook) pair(where string, a, b cell) error {
	if a.source != b.source || a.kind != b.kind {
		n.source++
		hunks, added, removed := text.Unified(where+", source", []byte(a.source+"\n"), []byte(b.source+"\n"))
		n.addHunks(hunks)
		if hunks == "" {
			n.cell(where+", kind", a.kind, b.kind)
		} else {
			first(n, where+", source", hunks)
		}
		n.column(where+", source", petri.Different, max(lines(a.source), lines(b.source)), max(added, removed, 1), max(added, removed, 1))
	}
	differing, beyond := 0, 0
	count := max(len(a.outputs), len(b.outputs))
	for i := range count {
		verdict, err := n.output(where, i, a.outputs, b.outputs)
		if err != nil {
			return err
		}
		if verdict != petri.Same {
			differing++
		}
		if verdict == petri.Different {
			beyond++
		}
	}
	verdict := petri.WithinTolerance
	switch {
	case beyond > 0:
		n.outputs++
		verdict = petri.Different
	case differing > 0:
		n.within++
	}
	n.column(where+", outputs", verdict, count, differing, beyond)
	if a.noise == b.noise {
		return nil
	}
	o, err := text.Outputs(n.ctx, strings.NewReader(a.noise), strings.NewReader(b.noise), n.rules)
	if err == nil && o.Verdict == petri.Different {
		n.noise++
	}
	return err
}

func lines(source string) int { return strings.Count(source, "\n") + 1 }

// output compares the i-th output of two cells, if both have one.
func (n *notebook) output(where string, i int, a, b []output) (petri.Verdict, error) {
	where = fmt.Sprintf("%s, output %d", where, i+1)
	if i >= len(a) {
		n.cell(where, "", b[i].brief())
		return petri.Different, nil
	}
	if i >= len(b) {
		n.cell(where, a[i].brief(), "")
		return petri.Different, nil
	}
	if where += " (" + a[i].name + ")"; a[i].name != b[i].name || a[i].digest != b[i].digest {
		n.cell(where, a[i].brief(), b[i].brief())
		return petri.Different, nil
	}
	if a[i].digest != "" || a[i].text == b[i].text {
		return petri.Same, nil
	}
	o, err := text.Outputs(n.ctx, strings.NewReader(a[i].text), strings.NewReader(b[i].text), n.rules)
	if err == nil && o.Verdict == petri.Different {
		hunks := strings.Replace(o.Hunks, "--- a/stdout\n+++ b/stdout\n", "--- a/"+where+"\n+++ b/"+where+"\n", 1)
		n.addHunks(hunks)
		first(n, where, hunks)
	}
	return o.Verdict, err
}

// first names a place by the first lines that differ there.
func first(n *notebook, where, hunks string) {
	removed, added := text.Sides(hunks)
	n.cell(where, brief(removed), brief(added))
}

// brief is the first line of text, or its beginning.
func brief(of string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(of, "\n"), "\n")
	return kind.Clip(strings.ToValidUTF8(line, "\uFFFD"), maxWritten)
}

func (o output) brief() string {
	if o.digest != "" {
		return fmt.Sprintf("%s of %s", o.name, kind.Count(int64(o.size), "byte"))
	}
	return brief(o.text)
}

// file is what was found, as the comparison of a file.
func (n *notebook) file(cells int) petri.FileComparison {
	f := n.f
	f.Kind, f.Verdict, f.Hunks = "notebook", petri.Same, n.hunks.String()
	if n.within > 0 {
		f.Verdict = petri.WithinTolerance
	}
	if n.source+n.outputs+n.onlyA+n.onlyB > 0 {
		f.Verdict = petri.Different
	}
	f.Summary = n.summary(cells)
	return f
}

func (n *notebook) summary(cells int) string {
	var parts []string
	of := func(count int, what string) {
		switch {
		case count == 1:
			parts = append(parts, fmt.Sprintf("1 of %s has %s", kind.Count(int64(cells), "cell"), what))
		case count > 1:
			parts = append(parts, fmt.Sprintf("%d of %s have %s", count, kind.Count(int64(cells), "cell"), what))
		}
	}
	of(n.outputs, "other outputs")
	of(n.within, "outputs that differ within tolerance")
	if n.source == 0 && n.onlyA+n.onlyB == 0 && len(parts) > 0 {
		parts = append(parts, "source is the same")
	}
	of(n.source, "other source")
	if n.onlyA > 0 {
		parts = append(parts, kind.Count(int64(n.onlyA), "cell")+" only in A")
	}
	if n.onlyB > 0 {
		parts = append(parts, kind.Count(int64(n.onlyB), "cell")+" only in B")
	}
	if len(parts) == 0 {
		parts = append(parts, "source and outputs are the same")
	}
	if n.noise > 0 {
		parts = append(parts, "standard error, which does not count, differs in "+kind.Count(int64(n.noise), "cell"))
	}
	return strings.Join(parts, "; ")
}
