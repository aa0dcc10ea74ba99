package versions

import (
	"slices"
	"strings"
)

// parseR reads an R package_version: numbers with dots and dashes between them. Zeros at its end
// count for nothing, as where R itself compares (its compareVersion alone tells 1.0 from 1.0.0).
func parseR(s string) ([]string, bool) {
	if strings.Trim(s, "0123456789.-") != "" {
		return nil, false
	}
	parts := strings.Split(strings.ReplaceAll(s, "-", "."), ".")
	if slices.Contains(parts, "") {
		return nil, false
	}
	for len(parts) > 1 && trimZeros(parts[len(parts)-1]) == "" {
		parts = parts[:len(parts)-1]
	}
	return parts, true
}

func compareR(a, b []string) int { return slices.CompareFunc(a, b, digits) }
