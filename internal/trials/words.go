package trials

import (
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// How much of a comparison a check's summary names; the rest stands in the comparison.
const (
	namedFiles    = 2
	namedPackages = 4
	longestPart   = 160
)

// changedWords says what differs in the results of two runs: "out/ks.csv: 1 of 4 cells differs …".
func changedWords(c petri.Comparison) string {
	var parts []string
	files := 0
	for _, f := range c.Results {
		if f.Verdict != petri.Different {
			continue
		}
		if files++; files <= namedFiles {
			parts = append(parts, f.Path+": "+clipped(fileWords(f)))
		}
	}
	if files > namedFiles {
		parts = append(parts, fmt.Sprintf("%d more files", files-namedFiles))
	}
	metrics := 0
	for _, m := range c.Metrics {
		if m.Verdict != petri.Different {
			continue
		}
		if metrics++; metrics <= namedFiles {
			parts = append(parts, "metric "+m.Name+" "+arrow(kind.Shorter(clipped(m.A), clipped(m.B))))
		}
	}
	if metrics > namedFiles {
		parts = append(parts, fmt.Sprintf("%d more metrics", metrics-namedFiles))
	}
	if c.Stdout.Verdict == petri.Different {
		parts = append(parts, fmt.Sprintf("its output: %d lines added, %d removed", c.Stdout.Added, c.Stdout.Removed))
	}
	if len(parts) == 0 {
		return c.Summary
	}
	return strings.Join(parts, ", ")
}

func fileWords(f petri.FileComparison) string {
	switch {
	case f.Summary != "":
		return f.Summary
	case len(f.Cells) > 0:
		return f.Cells[0].Where + " " + arrow(kind.Shorter(f.Cells[0].A, f.Cells[0].B))
	}
	return "it differs"
}

func arrow(a, b string) string {
	if a == "" {
		a = "nothing"
	}
	if b == "" {
		b = "nothing"
	}
	return a + " → " + b
}

func clipped(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > longestPart {
		return string(runes[:longestPart-1]) + "…"
	}
	return s
}

// sentences joins those that say something.
func sentences(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, strings.TrimRight(p, ".;"))
		}
	}
	return strings.Join(said, "; ")
}
