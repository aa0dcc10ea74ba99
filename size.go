package petri

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseBytes reads a size as people write it: 512m, 4g, 1.5GiB, 1048576. The units k, m, g, t
// are powers of 1024, as in Docker. Kind: invalid.
func ParseBytes(s string) (int64, error) {
	lower := strings.ToLower(strings.TrimSpace(s))
	lower = strings.TrimSuffix(strings.TrimSuffix(lower, "b"), "i")
	unit := 1.0
	if n := len(lower); n > 0 {
		if power := strings.IndexByte("kmgt", lower[n-1]); power >= 0 {
			unit = math.Pow(1024, float64(power+1))
			lower = lower[:n-1]
		}
	}
	value, err := strconv.ParseFloat(lower, 64)
	if err != nil || math.IsNaN(value) || value < 0 || value*unit >= math.MaxInt64 {
		return 0, Errorf(Invalid, "%q is not a size: write a number with a unit, as in 512m or 4g", clip(s))
	}
	return int64(value * unit), nil
}

// FormatBytes writes a size for people: 512 MiB, 1.5 GiB.
func FormatBytes(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for value >= 1023.95 && unit < 4 {
		value, unit = value/1024, unit+1
	}
	text := strconv.FormatFloat(value, 'f', 1, 64)
	return strings.TrimSuffix(text, ".0") + []string{" B", " KiB", " MiB", " GiB", " TiB"}[unit]
}
