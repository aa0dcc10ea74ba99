package explain

import (
	"fmt"
	"strings"
)

const maxNamed = 3

// named lists the first few of n things.
func named(n int, name func(int) string) string {
	var parts []string
	for i := range min(n, maxNamed) {
		parts = append(parts, name(i))
	}
	if n > maxNamed {
		parts = append(parts, fmt.Sprintf("%d more", n-maxNamed))
	}
	return strings.Join(parts, ", ")
}

// withCode adds where in the code something speaks for it.
func withCode(why string, m *mention) string {
	if m == nil {
		return why
	}
	return why + "; " + m.String()
}
