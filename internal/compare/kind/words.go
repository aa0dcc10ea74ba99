package kind

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Grouped writes a number for people: 1,200.
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// Count writes how many there are of something: 1 cell, 1,200 cells, 2 entries.
func Count(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if base, ok := strings.CutSuffix(one, "y"); ok {
		return Grouped(n) + " " + base + "ies"
	}
	return Grouped(n) + " " + one + "s"
}

// Share writes part of whole as percent, as precisely as it takes to be neither 0 nor 100.
func Share(part, whole int64) string {
	percent := 100 * float64(part) / float64(max(whole, 1))
	switch {
	case part == whole:
		return "100 %"
	case percent < 0.01:
		return "less than 0.01 %"
	case percent > 99.99:
		return "more than 99.99 %"
	case percent < 10:
		return strconv.FormatFloat(math.Round(percent*100)/100, 'f', -1, 64) + " %"
	}
	return strconv.FormatFloat(math.Round(percent*10)/10, 'f', -1, 64) + " %"
}

// Reason is what an error that wraps ErrOther says of the content.
func Reason(err error) string {
	return strings.TrimSuffix(strings.TrimSuffix(err.Error(), ErrOther.Error()), ": ")
}

// Clip is s as people are shown it: valid text of at most about n bytes.
func Clip(s string, n int) string { return strings.ToValidUTF8(Cut(s, n), "\ufffd") }

// Cut is at most about n bytes of s, as they are.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
