package instructions

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Options say what Render puts before the user's instructions.
type Options struct {
	// Base is the image to start from, by a name that FROM understands.
	Base string
	// Variables become ENV before the instructions, so that these see them. A Dockerfile cannot
	// write a line end inside a value: whoever has one hides it first.
	Variables map[string]string
}

// Rendered is a whole Dockerfile.
type Rendered struct {
	Dockerfile string

	before int // lines that are not the user's
}

// Render makes the Dockerfile of instructions that Check found without error. The user's
// lines stay whole lines in their order, so that every message can be led back to them.
func Render(text string, o Options) Rendered {
	var b strings.Builder
	fmt.Fprintf(&b, "FROM %s\n", o.Base)
	for _, name := range slices.Sorted(maps.Keys(o.Variables)) {
		fmt.Fprintf(&b, "ENV %s=%s\n", name, quote(o.Variables[name]))
	}
	r := Rendered{before: strings.Count(b.String(), "\n")}
	b.WriteString(strings.TrimPrefix(text, "\ufeff"))
	if !strings.HasSuffix(b.String(), "\n") {
		b.WriteByte('\n')
	}
	r.Dockerfile = b.String()
	return r
}

// Line is the user's line that line n of the Dockerfile stands for; 0 for Petri's own.
func (r Rendered) Line(n int) int { return max(n-r.before, 0) }

// quote writes a value so that ENV takes it literally.
func quote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(value) + `"`
}
