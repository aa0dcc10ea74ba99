package trials

import (
	"context"
	"strings"

	"github.com/petri-dev/petri"
)

// What a study's document keeps of a comparison. The whole one can be made again at any time:
// its runs stay.
const (
	keepList     = 200
	keepFiles    = 100
	keepCells    = 5
	keepColumns  = 20
	keepHunks    = 4 << 10
	keepAllHunks = 64 << 10
)

// compare compares two runs by rules and keeps what fits into a study.
func (s *Service) compare(ctx context.Context, a, b petri.RunID, rules petri.Rules) (petri.Comparison, error) {
	c, err := s.runs.CompareByID(ctx, a, b, rules)
	if err != nil {
		return petri.Comparison{}, err
	}
	return *bounded(c), nil
}

// bounded is a comparison without what is the same, with its longest parts cut.
func bounded(c petri.Comparison) *petri.Comparison {
	left := keepAllHunks
	cut := func(hunks string) string {
		hunks = cutLines(hunks, min(keepHunks, left))
		left -= len(hunks)
		return hunks
	}
	c.Settings, c.Facts, c.Packages, c.Metrics = first(c.Settings, keepList), first(c.Facts, keepList), first(c.Packages, keepList), first(c.Metrics, keepList)
	c.Stdout.Hunks = cut(c.Stdout.Hunks)
	var results []petri.FileComparison
	for _, f := range c.Results {
		if f.Verdict == petri.Same || len(results) == keepFiles {
			continue
		}
		f.Cells, f.Columns, f.Hunks = first(f.Cells, keepCells), first(f.Columns, keepColumns), cut(f.Hunks)
		results = append(results, f)
	}
	c.Results = results
	var code []petri.PathChange
	for _, p := range first(c.Code, keepList) {
		p.Hunks = cut(p.Hunks)
		code = append(code, p)
	}
	c.Code = code
	return &c
}

// first is at most n of a list, which it does not change.
func first[T any](list []T, n int) []T { return list[:min(len(list), n):min(len(list), n)] }

// cutLines is a text's first lines, as many as fit, and says so where there were more.
func cutLines(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := strings.LastIndexByte(text[:max(limit, 0)], '\n')
	if end < 0 {
		return ""
	}
	return text[:end+1] + "…\n"
}
