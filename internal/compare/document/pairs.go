package document

import "slices"

// twin is a cell of A, one of B, or both, that belong together. One that is missing is -1.
type twin struct{ a, b int }

// maxCells bounds the table of alignment; longer stretches go by position.
const maxCells = 2000

// pairUp finds which cells belong together, in order: those of the same source, and between them
// those of the same id, or else those in the same place.
func pairUp(a, b []cell) []twin {
	same := func(i, j int) bool { return a[i].kind == b[j].kind && a[i].source == b[j].source }
	head := 0
	for head < min(len(a), len(b)) && same(head, head) {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && same(len(a)-1-tail, len(b)-1-tail) {
		tail++
	}
	endA, endB := len(a)-tail, len(b)-tail
	var twins []twin
	for i := range head {
		twins = append(twins, twin{i, i})
	}
	i, j := head, head
	for _, t := range append(longest(head, endA, endB, same), twin{endA, endB}) {
		twins = append(twins, between(a, b, i, t.a, j, t.b)...)
		if t.a < endA && t.b < endB {
			twins = append(twins, t)
		}
		i, j = t.a+1, t.b+1
	}
	for k := range tail {
		twins = append(twins, twin{endA + k, endB + k})
	}
	return twins
}

// longest is a longest common subsequence of the cells from start on.
func longest(start, endA, endB int, same func(i, j int) bool) []twin {
	n, m := endA-start, endB-start
	if n == 0 || m == 0 || n > maxCells || m > maxCells {
		return nil
	}
	table := make([]int32, (n+1)*(m+1))
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if same(start+i, start+j) {
				table[i*(m+1)+j] = table[(i+1)*(m+1)+j+1] + 1
			} else {
				table[i*(m+1)+j] = max(table[(i+1)*(m+1)+j], table[i*(m+1)+j+1])
			}
		}
	}
	var found []twin
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case same(start+i, start+j):
			found = append(found, twin{start + i, start + j})
			i, j = i+1, j+1
		case table[(i+1)*(m+1)+j] >= table[i*(m+1)+j+1]:
			i++
		default:
			j++
		}
	}
	return found
}

// between pairs the cells i to endA of a with j to endB of b, none of which have the same source.
func between(a, b []cell, i, endA, j, endB int) []twin {
	later := func(cells []cell, id string) bool {
		return id != "" && slices.ContainsFunc(cells, func(c cell) bool { return c.id == id })
	}
	var twins []twin
	for i < endA || j < endB {
		switch {
		case i == endA:
			twins, j = append(twins, twin{-1, j}), j+1
		case j == endB:
			twins, i = append(twins, twin{i, -1}), i+1
		case a[i].id == b[j].id && a[i].kind == b[j].kind:
			twins, i, j = append(twins, twin{i, j}), i+1, j+1
		case later(b[j:endB], a[i].id):
			twins, j = append(twins, twin{-1, j}), j+1
		case later(a[i:endA], b[j].id):
			twins, i = append(twins, twin{i, -1}), i+1
		case a[i].kind == b[j].kind:
			twins, i, j = append(twins, twin{i, j}), i+1, j+1
		default:
			twins = append(twins, twin{i, -1}, twin{-1, j})
			i, j = i+1, j+1
		}
	}
	return twins
}
