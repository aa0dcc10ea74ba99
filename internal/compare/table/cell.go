package table

import (
	"math"
	"math/big"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// form is what sort of value a cell holds.
type form uint8

const (
	absent  form = iota // NA, null, NaN, NaT: equal to each other and to nothing else
	number              // compared within tolerance
	twofold             // likewise, by its distance
	words               // compared exactly
)

// cell is one value. Text is what is shown; where it is "", the number is.
type cell struct {
	form form
	// single: f was a 32-bit number, shown with as many digits.
	single bool
	f, im  float64
	// exact is set where f alone is not exact: an integer of 2^53 and beyond, or a decimal.
	exact string
	text  string
}

// maxShown bounds the text of a cell that is shown.
const maxShown = 200

func (c cell) String() string {
	switch {
	case c.text != "" || c.form == words:
		return kind.Clip(c.text, maxShown)
	case c.exact != "":
		return kind.Clip(c.exact, maxShown)
	case c.form == twofold:
		return strconv.FormatFloat(c.f, 'g', -1, 64) + signed(c.im) + "j"
	case c.form == number && c.single:
		return strconv.FormatFloat(c.f, 'g', -1, 32)
	case c.form == number:
		return strconv.FormatFloat(c.f, 'g', -1, 64)
	}
	return "NA"
}

func signed(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if s[0] != '-' && s[0] != '+' {
		return "+" + s
	}
	return s
}

// outcome is how two cells compare. Abs and rel are NaN where the cells are no two finite
// numbers, rel also where b is 0.
type outcome struct {
	equal, close bool
	abs, rel     float64
}

func judge(t petri.Tolerance, a, b cell) outcome {
	none := outcome{abs: math.NaN(), rel: math.NaN()}
	if a.form == number && b.form == twofold || a.form == twofold && b.form == number {
		a.form, b.form = twofold, twofold
	}
	switch {
	case a.form != b.form:
		return none
	case a.form == absent:
		none.equal, none.close = true, true
		return none
	case a.form == words:
		none.equal = a.text == b.text
		none.close = none.equal
		return none
	case sameNumber(a, b):
		none.equal, none.close = true, true
		return none
	case !finite(a) || !finite(b):
		return none
	}
	out := outcome{abs: distance(a, b), rel: math.NaN()}
	if out.abs == 0 && a.exact != "" && b.exact != "" {
		none.equal, none.close = true, true
		return none
	}
	size := magnitude(b)
	out.close = out.abs <= t.ATol+t.RTol*size
	if size > 0 {
		out.rel = min(out.abs/size, math.MaxFloat64)
	}
	return out
}

func sameNumber(a, b cell) bool {
	if a.exact != "" && b.exact != "" {
		return a.exact == b.exact
	}
	return a.f == b.f && a.im == b.im
}

func finite(c cell) bool {
	return !math.IsInf(c.f, 0) && !math.IsInf(c.im, 0) && !math.IsNaN(c.f) && !math.IsNaN(c.im)
}

func magnitude(c cell) float64 {
	if c.form == twofold {
		return math.Hypot(c.f, c.im)
	}
	return math.Abs(c.f)
}

// maxExact bounds the digits with which an exact difference is worked out.
const maxExact = 1000

func distance(a, b cell) float64 {
	d := math.Abs(a.f - b.f)
	if a.form == twofold {
		d = math.Hypot(a.f-b.f, a.im-b.im)
	}
	if a.exact != "" && b.exact != "" && len(a.exact) <= maxExact && len(b.exact) <= maxExact {
		x, okX := new(big.Rat).SetString(a.exact)
		y, okY := new(big.Rat).SetString(b.exact)
		if okX && okY {
			d, _ = x.Sub(x, y).Float64()
			d = math.Abs(d)
		}
	}
	return min(d, math.MaxFloat64)
}

// exactFrom is the size from which on a float64 no longer holds every integer.
const exactFrom = 1 << 53

func integer(n int64) cell {
	c := cell{form: number, f: float64(n)}
	if n >= exactFrom || n <= -exactFrom {
		c.exact = strconv.FormatInt(n, 10)
	}
	return c
}

func unsigned(n uint64) cell {
	c := cell{form: number, f: float64(n)}
	if n >= exactFrom {
		c.exact = strconv.FormatUint(n, 10)
	}
	return c
}

func float(f float64) cell {
	if math.IsNaN(f) {
		return cell{text: "NaN"}
	}
	return cell{form: number, f: f}
}

func single(f float32) cell {
	c := float(float64(f))
	c.single = true
	return c
}

func text(s string) cell { return cell{form: words, text: s} }

func truth(b bool) cell { return text(strconv.FormatBool(b)) }
