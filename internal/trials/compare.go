package trials

import (
	"strings"

	"github.com/petri-dev/petri"
)

// What a study's document keeps of its comparisons. The whole ones can be made again at any time:
// their runs stay. The document is written at every change and sent to whoever follows the study,
// so that what all comparisons together may take is shared out among them.
const (
	keepAll   = 1 << 20   // bytes of JSON, for all comparisons of a study together
	keepMost  = 256 << 10 // for one of them
	keepLeast = 2 << 10

	keepList    = 200
	keepFiles   = 100
	keepCells   = 5
	keepColumns = 20
	keepHunks   = 4 << 10
)

// kept is what a study keeps of one of its n comparisons; nil where there is none.
func kept(c *petri.Comparison, n int) *petri.Comparison {
	if c == nil {
		return nil
	}
	return bounded(*c, min(keepMost, max(keepLeast, keepAll/max(n, 1))))
}

// bounded is a comparison without what is the same, cut to about as many bytes of JSON as there is
// room for. The verdict, the summary and the numbers of lines always stay.
func bounded(c petri.Comparison, room int) *petri.Comparison {
	c.Settings, c.Facts = within(first(c.Settings, keepList), room/32), within(first(c.Facts, keepList), room/32)
	c.Metrics, c.Packages = within(first(c.Metrics, keepList), room/8), within(first(c.Packages, keepList), room/8)
	hunks := room / 4
	cut := func(text string) string {
		text = cutLines(text, min(keepHunks, hunks))
		hunks -= size(text)
		return text
	}
	c.Stdout.Hunks = cut(c.Stdout.Hunks)
	c.Results = boundedFiles(c.Results, room*3/8, cut)
	c.Code = boundedCode(c.Code, room/16, cut)
	return &c
}

// boundedFiles are the result files that differ, with the worst of each.
func boundedFiles(files []petri.FileComparison, room int, cut func(string) string) []petri.FileComparison {
	var differ []petri.FileComparison
	var hunks []string
	for _, f := range files {
		if f.Verdict == petri.Same || len(differ) == keepFiles {
			continue
		}
		hunks = append(hunks, f.Hunks)
		f.Cells, f.Columns, f.Hunks = first(f.Cells, keepCells), first(f.Columns, keepColumns), ""
		differ = append(differ, f)
	}
	list := within(differ, room, func(f petri.FileComparison) petri.FileComparison {
		f.Cells, f.Columns = nil, nil
		return f
	})
	for i := range list {
		list[i].Hunks = cut(hunks[i])
	}
	return list
}

func boundedCode(changes []petri.PathChange, room int, cut func(string) string) []petri.PathChange {
	var bare []petri.PathChange
	for _, p := range first(changes, keepList) {
		bare = append(bare, petri.PathChange{Path: p.Path, Change: p.Change})
	}
	list := within(bare, room)
	for i := range list {
		list[i].Hunks = cut(changes[i].Hunks)
	}
	return list
}

// within is as much of the beginning of a list as there is room for. An element that would take more
// than its share of what the others need too is made shorter.
func within[T any](list []T, room int, shorter ...func(T) T) []T {
	var some []T
	for i, one := range list {
		share := room / (len(list) - i)
		for _, shorten := range shorter {
			if size(one) > share {
				one = shorten(one)
			}
		}
		if room -= size(one); room < 0 {
			break
		}
		some = append(some, one)
	}
	return some
}

// size is how many bytes of JSON something takes.
func size(what any) int { return len(document(what)) }

// first is at most n of a list, which it does not change.
func first[T any](list []T, n int) []T { return list[:min(len(list), n):min(len(list), n)] }

// cutLines is a text's first lines, as many as fit, and says so where there were more.
func cutLines(text string, limit int) string {
	if size(text) <= limit {
		return text
	}
	end := min(len(text), max(limit, 0))
	for end > 0 {
		if end = strings.LastIndexByte(text[:end], '\n'); end >= 0 && size(text[:end]) <= limit {
			return text[:end+1] + "…\n"
		}
	}
	return ""
}
