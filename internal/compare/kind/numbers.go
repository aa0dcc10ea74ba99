package kind

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// fewestDigits are left of a number at least, mostDigits tell any two apart.
const (
	fewestDigits = 4
	mostDigits   = 17
)

// Shorter writes two numbers for a sentence, with as few digits as show plainly how they differ:
// 0.00610799729995803 and 0.00264809265586763 become 0.006108 and 0.002648. Integers, words, and
// numbers that only differ in their last digits stay as they are.
func Shorter(a, b string) (string, string) {
	x, okX := decimal(a)
	y, okY := decimal(b)
	if !okX || !okY {
		return a, b
	}
	for digits := fewestDigits; digits < mostDigits; digits++ {
		shortA, shortB := rounded(a, x, digits), rounded(b, y, digits)
		p, _ := decimal(shortA)
		q, _ := decimal(shortB)
		if plain(x-y, p-q) {
			return shortA, shortB
		}
	}
	return a, b
}

// plain tells whether a difference still shows, within a tenth of it.
func plain(is, shown float64) bool {
	return is != 0 && math.Abs(shown-is) <= math.Abs(is)/10
}

var decimals = regexp.MustCompile(`^-?\d{1,309}(\.\d+)?([eE][-+]?\d+)?$`)

// decimal reads a number as programs write them.
func decimal(s string) (float64, bool) {
	if !decimals.MatchString(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// rounded writes a number with that many digits that count, but never rounds an integer's away. It is
// never longer than it was.
func rounded(was string, f float64, digits int) string {
	mantissa, _, scientific := strings.Cut(strings.ToLower(was), "e")
	if !strings.Contains(mantissa, ".") {
		return was
	}
	var short string
	switch magnitude := math.Floor(math.Log10(math.Abs(f))); {
	case f == 0:
		return was
	case scientific:
		short = strconv.FormatFloat(f, 'e', digits-1, 64)
	default:
		short = strconv.FormatFloat(f, 'f', max(0, digits-1-int(magnitude)), 64)
	}
	if len(short) >= len(was) {
		return was
	}
	return short
}
