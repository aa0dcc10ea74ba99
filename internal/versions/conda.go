package versions

import (
	"cmp"
	"slices"
	"strings"
)

// condaVersion is a version as conda's VersionOrder reads it: [epoch!]version[+local], each a row of
// components, each a row of numbers and words.
type condaVersion struct {
	epoch          string
	version, local [][]string
}

func parseConda(s string) (v condaVersion, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if !only(s, ".+!_-") || s == "" {
		return v, false
	}
	if strings.Contains(s, "-") {
		if strings.Contains(s, "_") {
			return v, false
		}
		s = strings.ReplaceAll(s, "-", "_")
	}
	if epoch, rest, found := strings.Cut(s, "!"); found {
		if !allDigits(epoch) {
			return v, false
		}
		v.epoch, s = epoch, rest
	}
	version, local, isLocal := strings.Cut(s, "+")
	if v.version, ok = condaComponents(version); !ok || !isLocal {
		return v, ok
	}
	v.local, ok = condaComponents(local)
	return v, ok
}

// condaComponents cuts at dots and underscores. An underscore at the end belongs to the last one.
func condaComponents(s string) ([][]string, bool) {
	if strings.ContainsAny(s, "!+") {
		return nil, false
	}
	body, trailing := strings.CutSuffix(s, "_")
	texts := strings.Split(strings.ReplaceAll(body, "_", "."), ".")
	if slices.Contains(texts, "") {
		return nil, false
	}
	if trailing {
		texts[len(texts)-1] += "_"
	}
	components := make([][]string, len(texts))
	for i, text := range texts {
		components[i] = condaParts(text)
	}
	return components, true
}

// condaParts cuts a component between numbers and words; it begins with a number, 0 where it has none.
func condaParts(component string) []string {
	var parts []string
	if !isDigit(component[0]) {
		parts = append(parts, "0")
	}
	for component != "" {
		class := isDigit
		if !isDigit(component[0]) {
			class = notDigit
		}
		var part string
		part, component = run(component, class)
		parts = append(parts, part)
	}
	return parts
}

func (v condaVersion) compare(w condaVersion) int {
	return cmp.Or(digits(v.epoch, w.epoch), compareConda(v.version, w.version), compareConda(v.local, w.local))
}

// compareConda fills what is missing with zeros.
func compareConda(a, b [][]string) int {
	for i := range max(len(a), len(b)) {
		partsA, partsB := at(a, i, []string{"0"}), at(b, i, []string{"0"})
		for j := range max(len(partsA), len(partsB)) {
			if c := compareCondaPart(at(partsA, j, "0"), at(partsB, j, "0")); c != 0 {
				return c
			}
		}
	}
	return 0
}

func at[T any](list []T, i int, otherwise T) T {
	if i < len(list) {
		return list[i]
	}
	return otherwise
}

func compareCondaPart(a, b string) int {
	if c := cmp.Compare(condaRank(a), condaRank(b)); c != 0 {
		return c
	}
	if allDigits(a) {
		return digits(a, b)
	}
	return cmp.Compare(a, b)
}

// condaRank orders dev before other words, these before numbers, and post after all.
func condaRank(part string) int {
	switch {
	case part == "dev":
		return 0
	case part == "post":
		return 3
	case allDigits(part):
		return 2
	}
	return 1
}
