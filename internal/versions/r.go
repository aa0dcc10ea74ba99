package versions

import (
	"slices"
	"strings"
)

// parseR reads an R package_version: numbers with dots and dashes between them.
func parseR(s string) ([]string, bool) {
	if strings.Trim(s, "0123456789.-") != "" {
		return nil, false
	}
	parts := strings.Split(strings.ReplaceAll(s, "-", "."), ".")
	return parts, !slices.Contains(parts, "")
}

func compareR(a, b []string) int { return slices.CompareFunc(a, b, digits) }
