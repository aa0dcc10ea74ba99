package petri

import (
	"bufio"
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Package is one installed package.
type Package struct {
	Ecosystem string `json:"ecosystem"` // deb, apk, rpm, python, conda, r, npm or julia
	Name      string `json:"name"`
	Version   string `json:"version"`
	Location  string `json:"location"` // where it was found, as a path in the container; "" where there is only one place
	// Origin is where this build of the version came from, in words, as far as the package says:
	// "CRAN, built with R 4.2.2", "build py311h64a7726_0 of conda-forge". Comparisons leave it out.
	Origin string `json:"origin,omitempty"`
}

// PackageList is what is installed, in canonical order. Two equal lists have equal text.
type PackageList []Package

// NewPackageList sorts rows and drops repeated ones. It takes ownership of rows.
func NewPackageList(rows []Package) PackageList {
	slices.SortFunc(rows, comparePackages)
	return slices.Compact(rows)
}

func comparePackages(a, b Package) int {
	return cmp.Or(
		cmp.Compare(a.Ecosystem, b.Ecosystem),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Location, b.Location),
		cmp.Compare(a.Version, b.Version),
		cmp.Compare(a.Origin, b.Origin),
	)
}

// The first lines of a list. The second form is only that of lists in which an origin is
// known, so that all others have one text, whenever they were written.
const (
	packageHeader       = "# petri packages 1: ecosystem, name, version, location; separated by tabs\n"
	packageOriginHeader = "# petri packages 2: ecosystem, name, version, location, origin; separated by tabs\n"
)

// Encode is the list as stable text, a line a package, made for diff. Tabs, line ends and
// backslashes inside fields are escaped as in C.
func (l PackageList) Encode() []byte {
	var b bytes.Buffer
	count, header := 4, packageHeader
	if slices.ContainsFunc(l, func(p Package) bool { return p.Origin != "" }) {
		count, header = 5, packageOriginHeader
	}
	b.WriteString(header)
	for _, p := range l {
		for i, field := range []string{p.Ecosystem, p.Name, p.Version, p.Location, p.Origin}[:count] {
			if i > 0 {
				b.WriteByte('\t')
			}
			_, _ = packageEscaper.WriteString(&b, field)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

var (
	packageEscaper   = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	packageUnescaper = strings.NewReplacer(`\\`, "\\", `\t`, "\t", `\n`, "\n", `\r`, "\r")
)

// DecodePackageList reads what Encode wrote. Kind: invalid.
func DecodePackageList(text []byte) (PackageList, error) {
	want := 4
	rest, ok := bytes.CutPrefix(text, []byte(packageHeader))
	if !ok {
		want = 5
		rest, ok = bytes.CutPrefix(text, []byte(packageOriginHeader))
	}
	if !ok {
		return nil, Errorf(Invalid, "not a package list: its first line is not that of one")
	}
	list := PackageList{}
	lines := bufio.NewScanner(bytes.NewReader(rest))
	lines.Buffer(nil, 1<<20)
	for n := 2; lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != want {
			return nil, Errorf(Invalid, "not a package list: line %d has %d fields, not %d", n, len(fields), want)
		}
		for i := range fields {
			fields[i] = packageUnescaper.Replace(fields[i])
		}
		p := Package{Ecosystem: fields[0], Name: fields[1], Version: fields[2], Location: fields[3]}
		if want == 5 {
			p.Origin = fields[4]
		}
		list = append(list, p)
	}
	if err := lines.Err(); err != nil {
		return nil, Wrap(Invalid, err, "not a package list: a line is too long")
	}
	return list, nil
}

// DiffPackages tells what b has otherwise than a, in the list's order. Versions of one
// package at several places are compared as one set, so that a moved library is no change.
// Direction and Loaded are left to those who know versions and runs.
func DiffPackages(a, b PackageList) []PackageChange {
	versionsA, versionsB := versionsByName(a), versionsByName(b)
	changes := []PackageChange{}
	for key, va := range versionsA {
		vb, both := versionsB[key]
		switch {
		case !both:
			changes = append(changes, PackageChange{Ecosystem: key.ecosystem, Name: key.name, A: va, Change: "removed"})
		case va != vb:
			changes = append(changes, PackageChange{Ecosystem: key.ecosystem, Name: key.name, A: va, B: vb, Change: "changed"})
		}
	}
	for key, vb := range versionsB {
		if _, both := versionsA[key]; !both {
			changes = append(changes, PackageChange{Ecosystem: key.ecosystem, Name: key.name, B: vb, Change: "added"})
		}
	}
	slices.SortFunc(changes, func(x, y PackageChange) int {
		return cmp.Or(cmp.Compare(x.Ecosystem, y.Ecosystem), cmp.Compare(x.Name, y.Name))
	})
	return changes
}

type packageKey struct{ ecosystem, name string }

func versionsByName(list PackageList) map[packageKey]string {
	all := make(map[packageKey][]string, len(list))
	for _, p := range list {
		key := packageKey{p.Ecosystem, p.Name}
		all[key] = append(all[key], p.Version)
	}
	joined := make(map[packageKey]string, len(all))
	for key, versions := range all {
		slices.Sort(versions)
		joined[key] = strings.Join(slices.Compact(versions), ", ")
	}
	return joined
}
