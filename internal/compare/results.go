package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/petri-dev/petri"
)

const removed = "removed"

// results compares result files by path, in order of path: those of both runs and those
// of one alone.
func results(ctx context.Context, a, b []petri.ResultChange, open Open) ([]petri.FileComparison, error) {
	filesA, filesB := byPath(a), byPath(b)
	paths := slices.AppendSeq(slices.Collect(maps.Keys(filesA)), maps.Keys(filesB))
	slices.Sort(paths)
	compared := []petri.FileComparison{}
	hunks := 0
	for _, path := range slices.Compact(paths) {
		fileA, inA := filesA[path]
		fileB, inB := filesB[path]
		r := petri.FileComparison{Path: path, Verdict: petri.Different}
		switch {
		case !inA:
			r.Summary = "only in B: " + deed(fileB)
		case !inB:
			r.Summary = "only in A: " + deed(fileA)
		case fileA.Change == removed && fileB.Change == removed, fileA.Digest == fileB.Digest:
			r.Verdict = petri.Same
		case fileA.Change == removed || fileB.Change == removed:
			r.Summary = deed(fileA) + " in A, " + deed(fileB) + " in B"
		default:
			text, err := differences(ctx, open, path, fileContent(fileA), fileContent(fileB))
			if err != nil {
				return nil, err
			}
			r.Kind, r.Summary = text.kind, summary(text, fileA, fileB)
			if hunks++; hunks <= maxHunkFiles {
				r.Hunks = text.hunks
			}
		}
		compared = append(compared, r)
	}
	return compared, nil
}

func byPath(changes []petri.ResultChange) map[string]petri.ResultChange {
	files := make(map[string]petri.ResultChange, len(changes))
	for _, c := range changes {
		files[c.Path] = c
	}
	return files
}

func deed(c petri.ResultChange) string {
	if c.Change == removed {
		return removed
	}
	return c.Change + ", " + numbered(c.Bytes, "byte")
}

func fileContent(c petri.ResultChange) content { return content{digest: c.Digest, bytes: c.Bytes} }

func summary(text textDiff, a, b petri.ResultChange) string {
	switch {
	case text.kind == "text":
		return fmt.Sprintf("%s added, %d removed", numbered(int64(text.added), "line"), text.removed)
	case a.Bytes == b.Bytes:
		return numbered(a.Bytes, "byte") + " each, of different content"
	default:
		return fmt.Sprintf("%s in A, %d in B", numbered(a.Bytes, "byte"), b.Bytes)
	}
}

func numbered(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
