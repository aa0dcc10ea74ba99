package table

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// maxNumber bounds the length of what is read as a number.
const maxNumber = 400

// readCell is the value of a cell as data frames read it. Comma: it is the decimal point.
func readCell(raw []byte, comma bool) cell {
	trimmed := bytes.TrimSpace(raw)
	if len(trimmed) <= maxAbsent && isAbsent(trimmed) {
		return cell{text: string(raw)}
	}
	if c, ok := readNumber(trimmed, comma); ok {
		c.text = string(trimmed)
		return c
	}
	return text(utf8Text(raw))
}

const maxAbsent = 9

// isAbsent knows what pandas reads as NaN, which has in it what R reads as NA.
func isAbsent(b []byte) bool {
	switch string(b) {
	case "", "NA", "NaN", "nan", "null", "NULL", "None", "N/A", "n/a", "<NA>", "NaT", "-NaN", "-nan",
		"#N/A", "#N/A N/A", "#NA", "-1.#IND", "1.#IND", "-1.#QNAN", "1.#QNAN":
		return true
	}
	return false
}

// readNumber reads decimal numbers and infinities; nothing of Go's own, such as 0x10 or 1_000.
func readNumber(b []byte, comma bool) (cell, bool) {
	if len(b) == 0 || len(b) > maxNumber {
		return cell{}, false
	}
	var space [64]byte
	digits, whole, first := space[:0], true, 0
	if b[0] == '+' || b[0] == '-' {
		first = 1
	}
	seen := false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			seen = true
		case i == 0 && first == 1:
		case c == '.' && !comma:
			whole = false
		case c == ',' && comma:
			whole, c = false, '.'
		case (c == 'e' || c == 'E') && seen, (c == '+' || c == '-') && !whole || c == '-' && i > 0 && seen,
			c == '+' && i > 0 && seen:
			whole = false
		default:
			return infinity(b)
		}
		digits = append(digits, c)
	}
	if !seen {
		return cell{}, false
	}
	f, err := strconv.ParseFloat(string(digits), 64)
	if err != nil {
		return cell{}, false // also of what no float64 holds: it is compared as text
	}
	c := cell{form: number, f: f}
	if whole && (f >= exactFrom || f <= -exactFrom) {
		c.exact = canonical(digits)
	}
	return c, true
}

func canonical(digits []byte) string {
	sign := ""
	switch digits[0] {
	case '-':
		sign, digits = "-", digits[1:]
	case '+':
		digits = digits[1:]
	}
	return sign + string(bytes.TrimLeft(digits, "0"))
}

func infinity(b []byte) (cell, bool) {
	if len(b) > len("-infinity") {
		return cell{}, false
	}
	switch string(bytes.ToLower(bytes.TrimLeft(b, "+-"))) {
	case "inf", "infinity":
		f, err := strconv.ParseFloat(string(b), 64)
		return cell{form: number, f: f}, err == nil
	}
	return cell{}, false
}

// utf8Text takes what is not UTF-8 for Latin-1.
func utf8Text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}
