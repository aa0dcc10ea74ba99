package inspect

import (
	"bytes"
	"path"
	"strings"

	"github.com/petri-dev/petri"
)

// Owners are the packages of a list to which units of code belong. It reads what Python's
// packages say of themselves, as it is now; what belongs to no package of the list is left out.
func Owners(list petri.PackageList, units []Unit) petri.PackageList {
	o := &owners{list: list, byPlace: map[Unit][]petri.Package{}, python: map[string][]Unit{}}
	for _, p := range list {
		place := Unit{p.Ecosystem, p.Location, p.Name}
		o.byPlace[place] = append(o.byPlace[place], p)
	}
	for _, unit := range units {
		switch unit.Ecosystem {
		case "python":
			o.python[unit.Location] = append(o.python[unit.Location], unit)
		case "julia":
			unit.Name, _, _ = strings.Cut(unit.Name, "/")
			o.own(o.byPlace[unit]...)
		default:
			o.own(o.byPlace[unit]...)
		}
	}
	for location, units := range o.python {
		newPythonOwners(o, location).resolve(units)
	}
	o.distributors()
	return petri.NewPackageList(o.rows)
}

type owners struct {
	tree    tree // of /
	list    petri.PackageList
	byPlace map[Unit][]petri.Package
	python  map[string][]Unit // by location
	rows    []petri.Package
}

func (o *owners) own(rows ...petri.Package) { o.rows = append(o.rows, rows...) }

// distributors adds the packages by which a distribution brought R and Python packages, told by
// place, name and version: r-cran-survival and python3-numpy of Debian, conda's own.
func (o *owners) distributors() {
	for _, p := range o.rows {
		for _, of := range distributorsOf(p) {
			for _, row := range o.byPlace[of] {
				if strings.Contains(row.Version, p.Version) || strings.Contains(row.Version, strings.ReplaceAll(p.Version, "-", "_")) || of.Name == "r-base-core" {
					o.own(row)
				}
			}
		}
	}
}

func distributorsOf(p petri.Package) []Unit {
	name := strings.ToLower(p.Name)
	switch {
	case p.Ecosystem == "r" && strings.HasPrefix(p.Location, "/usr/lib/R/"):
		return []Unit{{"deb", "", "r-cran-" + name}, {"deb", "", "r-bioc-" + name}, {"deb", "", "r-other-" + name}, {"deb", "", "r-base-core"}}
	case p.Ecosystem == "python" && p.Location == "/usr/lib/python3/dist-packages":
		name = normalPython(name)
		return []Unit{{"deb", "", "python3-" + name}, {"deb", "", name}, {"deb", "", "python3-" + strings.TrimPrefix(name, "python-")}}
	case p.Ecosystem == "r" || p.Ecosystem == "python":
		prefix, _, inside := strings.Cut(p.Location, "/lib/")
		if !inside {
			return nil
		}
		if p.Ecosystem == "r" {
			return []Unit{{"conda", prefix, "r-" + name}, {"conda", prefix, "bioconductor-" + name}, {"conda", prefix, "r-base"}}
		}
		return []Unit{{"conda", prefix, p.Name}, {"conda", prefix, normalPython(name)}}
	}
	return nil
}

// normalPython is a distribution's name as PEP 503 compares it.
func normalPython(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' }), "-")
}

// pythonOwners knows the distributions of one library.
type pythonOwners struct {
	*owners
	location string
	all      []*distribution
	byTop    map[string][]*distribution
	byName   map[string][]*distribution
}

// distribution is one .dist-info, .egg-info or .egg.
type distribution struct {
	entry  string
	name   string // normal
	rows   []petri.Package
	tops   bool // it says which its top modules are
	asked  bool
	record []byte // its list of files, each line after a line end
}

// The bounds of what is read to find an owner.
const (
	maxTops   = 64 << 10
	maxRecord = 8 << 20
)

func newPythonOwners(o *owners, location string) *pythonOwners {
	p := &pythonOwners{owners: o, location: location, byTop: map[string][]*distribution{}, byName: map[string][]*distribution{}}
	rows := map[string][]petri.Package{}
	for _, row := range o.list {
		if row.Ecosystem == "python" && row.Location == location {
			name := normalPython(row.Name)
			rows[name] = append(rows[name], row)
		}
	}
	for _, entry := range o.tree.names(location) {
		switch path.Ext(entry) {
		case ".dist-info", ".egg-info", ".egg":
			p.add(entry, rows)
		}
	}
	return p
}

// add takes in NAME-VERSION.dist-info; in such a name a package's own dashes are underscores.
func (p *pythonOwners) add(entry string, rows map[string][]petri.Package) {
	base := strings.TrimSuffix(entry, path.Ext(entry))
	name, rest, _ := strings.Cut(base, "-")
	version, _, _ := strings.Cut(rest, "-")
	d := &distribution{entry: entry, name: normalPython(name), rows: rows[normalPython(name)]}
	if len(d.rows) > 1 { // an older version's description was left behind
		for _, row := range d.rows {
			if row.Version == version {
				d.rows = []petri.Package{row}
			}
		}
	}
	if len(d.rows) == 0 {
		return
	}
	for _, top := range strings.Fields(string(p.tree.read(path.Join(p.location, entry, "top_level.txt"), maxTops))) {
		d.tops = true
		p.byTop[top] = append(p.byTop[top], d)
	}
	p.all = append(p.all, d)
	p.byName[d.name] = append(p.byName[d.name], d)
}

func (p *pythonOwners) resolve(units []Unit) {
	for _, unit := range units {
		for _, d := range p.ownersOf(unit.Name) {
			p.own(d.rows...)
		}
	}
}

// ownersOf are the distributions that brought a module.
func (p *pythonOwners) ownersOf(module string) []*distribution {
	top, _, nested := strings.Cut(module, "/")
	if path.Ext(top) == ".egg" {
		for _, d := range p.all {
			if d.entry == top {
				return []*distribution{d}
			}
		}
		return nil
	}
	say := p.byTop[top]
	if len(say) > 0 && !nested {
		return say
	}
	among := say
	if len(among) == 0 {
		among = p.byName[normalPython(top)]
		if found := p.listing(among, module); len(found) > 0 {
			return found // spares reading what all others list
		}
		among = p.silent()
	}
	if found := p.listing(among, module); len(found) > 0 {
		return found
	}
	if named := p.byName[normalPython(strings.ReplaceAll(module, "/", "-"))]; len(named) > 0 {
		return named
	}
	if len(say) > 0 {
		return say
	}
	return p.byName[normalPython(top)]
}

// silent are the distributions that do not say which their top modules are.
func (p *pythonOwners) silent() []*distribution {
	found := []*distribution{}
	for _, d := range p.all {
		if !d.tops {
			found = append(found, d)
		}
	}
	return found
}

// listing are those among them that list files of the module.
func (p *pythonOwners) listing(among []*distribution, module string) []*distribution {
	found := []*distribution{}
	for _, d := range among {
		if !d.asked {
			d.asked = true
			d.record = append([]byte("\n"), p.tree.read(path.Join(p.location, d.entry, "RECORD"), maxRecord)...)
		}
		if bytes.Contains(d.record, []byte("\n"+module+"/")) || bytes.Contains(d.record, []byte("\n"+module+".")) {
			found = append(found, d)
		}
	}
	return found
}
