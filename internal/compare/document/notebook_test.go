package document_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/document"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// As Jupyter writes them; the picture is a PNG of one pixel with the text chunk of its program.
const notebook = `{
 "cells": [
  {"cell_type": "markdown", "id": "11aa", "metadata": {}, "source": ["# Survival\n", "of patients"]},
  {"cell_type": "code", "execution_count": 1, "id": "22bb", "metadata": {"execution": {"iopub.status.busy": "2026-11-03T12:00:01.5Z"}},
   "outputs": [
    {"name": "stdout", "output_type": "stream", "text": ["fitting at 2026-11-03 12:00:01\n", "AIC 120.5\n"]},
    {"name": "stderr", "output_type": "stream", "text": ["/tmp/ipykernel_12/1.py:3: FutureWarning: old\n"]}],
   "source": ["import pandas as pd\n", "fit(df)"]},
  {"cell_type": "code", "execution_count": 2, "id": "33cc", "metadata": {},
   "outputs": [
    {"data": {"text/html": ["<div>\n", "<table>\n", "<tr><td>0</td><td>1.5</td></tr>\n", "</table>\n", "</div>"], "text/plain": ["     x\n", "0  1.5"]}, "execution_count": 2, "metadata": {}, "output_type": "execute_result"},
    {"data": {"image/png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAAF3RFWHRTb2Z0d2FyZQBNYXRwbG90bGliIDMuNcUzRqcAAAAKSURBVHicY2gAAACCAIF3zXK2AAAAAElFTkSuQmCC\n", "text/plain": ["<Figure size 640x480 with 1 Axes>"]}, "metadata": {"needs_background": "light"}, "output_type": "display_data"}],
   "source": ["df.head()"]},
  {"cell_type": "code", "execution_count": null, "id": "44dd", "metadata": {}, "outputs": [], "source": []}
 ],
 "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python", "version": "3.9.2"}},
 "nbformat": 4, "nbformat_minor": 5
}`

const oldNotebook = `{"metadata": {"name": "old"}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [
 {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Title"]},
 {"cell_type": "code", "collapsed": false, "input": ["1 + 1"], "language": "python", "metadata": {}, "prompt_number": 7,
  "outputs": [{"output_type": "pyout", "prompt_number": 7, "metadata": {}, "text": ["2"]}, {"output_type": "stream", "stream": "stdout", "text": ["hello\n"]}]}], "metadata": {}}]}`

func TestNotebook(t *testing.T) {
	edit := func(changes ...string) string { return strings.NewReplacer(changes...).Replace(notebook) }
	tests := []struct {
		name    string
		a, b    string
		rules   petri.FileRules
		verdict petri.Verdict
		summary string
		where   string
		hunks   string
	}{
		{name: "the same", a: notebook, b: notebook, verdict: petri.Same, summary: "source and outputs are the same"},
		{name: "run again", a: notebook, b: edit(`"execution_count": 2`, `"execution_count": 9`, "12:00:01", "13:14:15", "3.9.2", "3.13.0", `"light"`, `"dark"`, `"id": "22bb"`, `"id": "zz"`, "ipykernel_12/", "ipykernel_345/"), verdict: petri.Same, summary: "source and outputs are the same"},
		{name: "another stream", a: notebook, b: edit("FutureWarning: old", "DeprecationWarning: gone"), verdict: petri.Same, summary: "source and outputs are the same; standard error, which does not count, differs in 1 cell"},
		{name: "output", a: notebook, b: edit("AIC 120.5", "AIC 121.5"), verdict: petri.Different, summary: "1 of 4 cells has other outputs; source is the same", where: "cell 2, output 1 (standard output)", hunks: "-AIC 120.5\n+AIC 121.5\n"},
		{name: "tolerance", a: notebook, b: edit("AIC 120.5", "AIC 120.500001", "1.5<", "1.5000001<", "0  1.5\"", "0  1.5000001\""), rules: within(1e-6, 0), verdict: petri.WithinTolerance, summary: "2 of 4 cells have outputs that differ within tolerance; source is the same"},
		{name: "table and text", a: notebook, b: edit("1.5<", "1.6<", "0  1.5\"", "0  1.6\""), verdict: petri.Different, summary: "1 of 4 cells has other outputs; source is the same", where: "cell 3, output 1 (text/html)", hunks: "-0  1.5\n"},
		{name: "another picture", a: notebook, b: edit("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAAF3RFWHRTb2Z0d2FyZQBNYXRwbG90bGliIDMuNcUzRqcAAAAKSURBVHicY2gAAACCAIF3zXK2AAAAAElFTkSuQmCC", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoBAAAgwCCdJcLLQAAAABJRU5ErkJggg=="), verdict: petri.Different, summary: "1 of 4 cells has other outputs; source is the same", where: "cell 3, output 3 (image/png)"},
		{name: "source", a: notebook, b: edit("fit(df)", "fit(df, 2)"), verdict: petri.Different, summary: "1 of 4 cells has other source", where: "cell 2, source", hunks: "-fit(df)\n+fit(df, 2)\n"},
		{name: "a cell more", a: notebook, b: edit(`  {"cell_type": "code", "execution_count": 2`, `  {"cell_type": "code", "id": "new", "source": "x = 1", "outputs": []}, {"cell_type": "code", "execution_count": 2`), verdict: petri.Different, summary: "1 cell only in B", where: "cell 3 of B"},
		{name: "an output less", a: notebook, b: edit(`"outputs": [
    {"data"`, `"outputs": [], "was": [
    {"data"`), verdict: petri.Different, summary: "1 of 4 cells has other outputs; source is the same", where: "cell 3, output 1"},
		{name: "an error", a: notebook, b: edit(`"execution_count": null, "id": "44dd", "metadata": {}, "outputs": []`, `"id": "44dd", "outputs": [{"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": ["\u001b[0;31mKeyError\u001b[0m: 'x'"]}]`), verdict: petri.Different, summary: "1 of 4 cells has other outputs; source is the same", where: "cell 4, output 1"},
		{name: "old", a: oldNotebook, b: strings.Replace(oldNotebook, `["2"]`, `["3"]`, 1), verdict: petri.Different, summary: "1 of 2 cells has other outputs; source is the same", where: "cell 2, output 1 (text/plain)"},
		{name: "old, again", a: oldNotebook, b: strings.ReplaceAll(oldNotebook, `"prompt_number": 7`, `"prompt_number": 8`), verdict: petri.Same, summary: "source and outputs are the same"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := compared(t, document.Notebook, test.a, test.b, test.rules)
			if f.Kind != "notebook" || f.Verdict != test.verdict || f.Summary != test.summary {
				t.Errorf("got %s %q, want %s %q", f.Verdict, f.Summary, test.verdict, test.summary)
			}
			if test.where != "" && (len(f.Cells) == 0 || f.Cells[0].Where != test.where) || !strings.Contains(f.Hunks, test.hunks) {
				t.Errorf("cells %+v\n%s", f.Cells, f.Hunks)
			}
		})
	}
}

func TestPictureMadeByAnotherVersion(t *testing.T) {
	// The same pixel, once as Matplotlib 3.5 and once as Matplotlib 3.9 says that it made it.
	const a = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAAF3RFWHRTb2Z0d2FyZQBNYXRwbG90bGliIDMuNcUzRqcAAAAKSURBVHicY2gAAACCAIF3zXK2AAAAAElFTkSuQmCC"
	const b = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAAF3RFWHRTb2Z0d2FyZQBNYXRwbG90bGliIDMuOcUzRqcAAAAKSURBVHicY2gAAACCAIF3zXK2AAAAAElFTkSuQmCC"
	if f := compared(t, document.Notebook, notebook, strings.Replace(notebook, a, b, 1), petri.FileRules{}); f.Verdict != petri.Same || a == b {
		t.Errorf("got %s %q", f.Verdict, f.Summary)
	}
}

func TestNoNotebook(t *testing.T) {
	for name, bad := range map[string]string{"empty": "", "words": "x", "list": "[]", "no cells": "{}", "odd cell": `{"cells":[1]}`, "truncated": notebook[:500], "more": notebook + "{}", "deep": `{"cells":` + strings.Repeat("[", 20_000)} {
		if _, err := document.Notebook(t.Context(), content(notebook), content(bad), petri.FileRules{}); !errors.Is(err, kind.ErrOther) || kind.Reason(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzNotebook(f *testing.F) {
	f.Add(notebook, oldNotebook)
	f.Add(`{"cells":[{"cell_type":"code","source":["a"],"outputs":[{"output_type":"display_data","data":{"image/png":["iVBORw0KGgo="],"application/json":{"a":[1]}}}]}]}`, `{"cells":[]}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if _, err := document.Notebook(t.Context(), content(a), content(b), within(0.1, 0)); err != nil && !errors.Is(err, kind.ErrOther) {
			t.Fatal(err)
		}
		if got, err := document.Notebook(t.Context(), content(a), content(a), petri.FileRules{}); err == nil && got.Verdict != petri.Same {
			t.Errorf("%q differs from itself: %s", a, got.Summary)
		}
	})
}
