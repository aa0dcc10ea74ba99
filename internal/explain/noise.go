package explain

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
)

// maxSpreads bounds of how many numbers the noise is kept.
const maxSpreads = 500

// Widen adds to noise what one more run of the same thing shows: how its numbers differ from the
// recorded ones. It gives the noise sorted by place.
func Widen(noise []petri.Spread, c petri.Comparison) []petri.Spread {
	byPlace := map[string]petri.Spread{}
	for _, s := range noise {
		byPlace[s.Where] = s
	}
	for _, m := range c.Metrics {
		if a, b, ok := numbers(m.A, m.B); ok {
			widen(byPlace, spread("metric "+m.Name, a, b))
		}
	}
	for _, f := range c.Results {
		columns := f.Columns
		if len(columns) == 0 && f.MaxAbs != nil {
			columns = []petri.ColumnComparison{{MaxAbs: f.MaxAbs, MaxRel: f.MaxRel}}
		}
		for _, column := range columns {
			if s, ok := columnSpread(f, column); ok {
				widen(byPlace, s)
			}
		}
	}
	wide := make([]petri.Spread, 0, len(byPlace))
	for _, s := range byPlace {
		wide = append(wide, s)
	}
	slices.SortFunc(wide, func(a, b petri.Spread) int { return strings.Compare(a.Where, b.Where) })
	return wide[:min(len(wide), maxSpreads)]
}

// columnSpread is how far the numbers of one column went: by how much at most, and, of the cell
// that went farthest, from where to where.
func columnSpread(f petri.FileComparison, column petri.ColumnComparison) (petri.Spread, bool) {
	s := petri.Spread{Where: f.Path}
	if column.Name != "" {
		s.Where += ", column " + strconv.Quote(column.Name)
	}
	if column.MaxAbs == nil || *column.MaxAbs == 0 {
		return s, false
	}
	s.MaxAbs = *column.MaxAbs
	if column.MaxRel != nil {
		s.MaxRel = *column.MaxRel
	}
	for _, cell := range f.Cells { // worst first
		if column.Name != "" && !strings.HasSuffix(cell.Where, "column "+strconv.Quote(column.Name)) && withoutIndices(cell.Where) != column.Name {
			continue
		}
		if a, b, ok := numbers(cell.A, cell.B); ok {
			s.Least, s.Most = min(a, b), max(a, b)
			break
		}
	}
	return s, true
}

// withoutIndices turns $.fit.coef[2] into $.fit.coef, or with [] as columns of documents may have it.
func withoutIndices(where string) string {
	var b strings.Builder
	in := false
	for _, r := range where {
		switch {
		case r == '[':
			in = true
		case r == ']':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func spread(where string, a, b float64) petri.Spread {
	s := petri.Spread{Where: where, Least: min(a, b), Most: max(a, b), MaxAbs: math.Abs(a - b)}
	if smaller := min(math.Abs(a), math.Abs(b)); smaller > 0 {
		s.MaxRel = s.MaxAbs / smaller
	}
	if math.IsInf(s.MaxAbs, 0) || math.IsInf(s.MaxRel, 0) { // JSON knows none
		s.MaxAbs, s.MaxRel = min(s.MaxAbs, math.MaxFloat64), min(s.MaxRel, math.MaxFloat64)
	}
	return s
}

// numbers reads two finite numbers.
func numbers(a, b string) (x, y float64, ok bool) {
	x, errA := strconv.ParseFloat(strings.TrimSpace(a), 64)
	y, errB := strconv.ParseFloat(strings.TrimSpace(b), 64)
	finite := func(n float64) bool { return !math.IsNaN(n) && !math.IsInf(n, 0) }
	return x, y, errA == nil && errB == nil && finite(x) && finite(y)
}

// relative is by how much a metric differs, relative to what it is.
func relative(m petri.MetricComparison) (float64, bool) {
	a, b, ok := numbers(m.A, m.B)
	if !ok {
		return 0, false
	}
	s := spread("", a, b)
	return s.MaxRel, s.MaxRel > 0
}

// Suggest is a tolerance that would cover noise, with as much again to spare; ok is false where
// there is none to cover. Numbers that go through zero, or that keep nothing of their size, are
// covered by ATol, all others by RTol.
func Suggest(noise []petri.Spread) (t petri.Tolerance, ok bool) {
	const half = 0.5
	for _, s := range noise {
		if s.MaxRel > 0 && s.MaxRel < half {
			t.RTol = max(t.RTol, roundUp(2*s.MaxRel))
		} else {
			t.ATol = max(t.ATol, roundUp(2*s.MaxAbs))
		}
	}
	return t, len(noise) > 0
}

// roundUp leaves one digit: 0.000123 becomes 0.0002.
func roundUp(x float64) float64 {
	if x <= 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	exponent := math.Floor(math.Log10(x))
	unit := math.Pow(10, exponent)
	digit := math.Ceil(x / unit * (1 - 1e-12))
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(digit, 'f', 0, 64)+"e"+strconv.Itoa(int(exponent)), 64)
	if err != nil || rounded == 0 {
		return x
	}
	return rounded
}

func widen(into map[string]petri.Spread, s petri.Spread) {
	had, known := into[s.Where]
	if !known {
		into[s.Where] = s
		return
	}
	had.MaxAbs, had.MaxRel = max(had.MaxAbs, s.MaxAbs), max(had.MaxRel, s.MaxRel)
	if strings.HasPrefix(s.Where, "metric ") { // one number, so that least and most are of the same
		had.Least, had.Most = min(had.Least, s.Least), max(had.Most, s.Most)
		wide := spread(s.Where, had.Least, had.Most)
		had.MaxAbs, had.MaxRel = max(had.MaxAbs, wide.MaxAbs), max(had.MaxRel, wide.MaxRel)
	} else if s.Most-s.Least > had.Most-had.Least {
		had.Least, had.Most = s.Least, s.Most
	}
	into[s.Where] = had
}
