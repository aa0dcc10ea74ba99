package document

import (
	"bytes"
	"math"
	"math/big"
	"strconv"

	"github.com/petri-dev/petri"
)

// maxDigits bounds the whole numbers that are compared exactly.
const maxDigits = 1000

// isNumber tells whether a word is a number as JSON, or Python, writes one.
func isNumber(text []byte) bool {
	switch string(text) {
	case "NaN", "Infinity", "-Infinity":
		return true
	}
	text = bytes.TrimPrefix(text, []byte("-"))
	n := digits(text)
	if n == 0 || n > 1 && text[0] == '0' {
		return false
	}
	if text = text[n:]; len(text) > 0 && text[0] == '.' {
		if n = digits(text[1:]); n == 0 {
			return false
		}
		text = text[1+n:]
	}
	if len(text) > 0 && text[0]|0x20 == 'e' {
		if text = text[1:]; len(text) > 0 && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		n = digits(text)
		return n > 0 && n == len(text)
	}
	return len(text) == 0
}

func digits(text []byte) (n int) {
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return n
}

// gap is how two numbers differ.
type gap struct {
	equal, close bool
	abs, rel     *float64 // nil where they are not finite
}

// numberGap compares two numbers: as exactly as they are written where both are whole, as floating
// point otherwise.
func numberGap(a, b []byte, t petri.Tolerance) gap {
	if isWhole(a) && isWhole(b) && len(a) <= maxDigits && len(b) <= maxDigits {
		return wholeGap(a, b, t)
	}
	x, errA := strconv.ParseFloat(string(a), 64)
	y, errB := strconv.ParseFloat(string(b), 64)
	if errA != nil || errB != nil { // beyond floating point
		return gap{}
	}
	g := gap{equal: x == y || math.IsNaN(x) && math.IsNaN(y), close: t.Close(x, y)}
	if d := math.Abs(x - y); d > 0 && !math.IsInf(d, 0) {
		g.sizes(d, y)
	}
	return g
}

func isWhole(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("-"))
	return digits(text) == len(text)
}

func wholeGap(a, b []byte, t petri.Tolerance) gap {
	x, errA := strconv.ParseInt(string(a), 10, 53)
	y, errB := strconv.ParseInt(string(b), 10, 53)
	if errA == nil && errB == nil {
		g := gap{equal: x == y, close: t.Close(float64(x), float64(y))}
		if x != y {
			g.sizes(math.Abs(float64(x-y)), float64(y))
		}
		return g
	}
	bigA, _ := new(big.Int).SetString(string(a), 10)
	bigB, _ := new(big.Int).SetString(string(b), 10)
	if bigA == nil || bigB == nil {
		return gap{}
	}
	d, _ := new(big.Float).SetInt(new(big.Int).Abs(new(big.Int).Sub(bigA, bigB))).Float64()
	of, _ := new(big.Float).SetInt(bigB).Float64()
	g := gap{equal: d == 0, close: d <= t.ATol+t.RTol*math.Abs(of)}
	if d > 0 && !math.IsInf(d, 0) && !math.IsInf(of, 0) {
		g.sizes(d, of)
	}
	return g
}

func (g *gap) sizes(d, of float64) {
	g.abs = &d
	if rel := d / math.Abs(of); !math.IsInf(rel, 0) {
		g.rel = &rel
	}
}
