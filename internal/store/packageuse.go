package store

import (
	"encoding/json"
	"maps"
	"math"
	"slices"

	"github.com/petri-dev/petri"
)

// PackageQuestion asks which revisions and runs had a package, of those that Viewer may see. Names
// are what its normal name may be; Match decides by ecosystem, normal name and version.
type PackageQuestion struct {
	Names  []string
	Match  func(ecosystem, name, version string) bool
	Viewer petri.User
	// Loaded asks for runs that loaded it, not only had it.
	Loaded bool
	// Limit bounds each list of the answer; Before asks for runs older than that one.
	Limit  int
	Before petri.RunID
}

// PackageAnswer is what had the package, newest first, with counts of all there is.
type PackageAnswer struct {
	Revisions   int
	Projects    int
	Runs        int
	ResultFiles int
	// LoadedUnknown counts, for Loaded, the runs that had the package and of which it is not known
	// what they loaded.
	LoadedUnknown int
	// Unindexed is how many package lists have yet to be entered: the answer may grow.
	Unindexed int

	RevisionRows []RevisionUse
	ProjectRows  []ProjectUse
	RunRows      []RunUse
}

// RevisionUse is a revision that has the package, in these versions.
type RevisionUse struct {
	petri.Revision
	Packages []petri.Package
}

// ProjectUse is a project with runs that had the package.
type ProjectUse struct {
	Project     petri.ProjectRef
	Runs        int
	ResultFiles int
	LastRun     petri.RunID
}

// RunUse is a run that had the package, in these versions.
type RunUse struct {
	petri.Run
	Packages []petri.Package
}

// WhoUsed answers a question. A run had what was installed at its start or at its end.
func (s Packages) WhoUsed(q PackageQuestion) (PackageAnswer, error) {
	var a PackageAnswer
	if q.Limit <= 0 {
		q.Limit = math.MaxInt32
	}
	if s.tx.dialect.plainly != "" {
		if _, err := s.tx.exec(s.tx.dialect.plainly); err != nil {
			return a, err
		}
	}
	u := &usage{PackageQuestion: q, tx: s.tx}
	unindexed, err := one(s.tx, number, `SELECT COUNT(*) FROM package_lists WHERE NOT indexed`)
	if err != nil {
		return a, err
	}
	a.Unindexed = int(unindexed)
	if err := u.find(); err != nil || len(u.packages) == 0 {
		return a, err
	}
	for _, step := range []func(*PackageAnswer) error{u.revisions, u.projects, u.unknown, u.runs} {
		if err := step(&a); err != nil {
			return PackageAnswer{}, err
		}
	}
	return a, nil
}

// usage is a question with the packages and lists that it is about.
type usage struct {
	PackageQuestion
	tx       *Tx
	packages map[int64]petri.Package
	holds    map[int64][]int64 // which of them a list names
	lists    string            // that name any, as JSON
}

type packageRow struct {
	id int64
	petri.Package
}

func scanPackage(row scanner) (p packageRow, err error) {
	return p, row.Scan(&p.id, &p.Ecosystem, &p.Name, &p.Version)
}

// find reads the packages of those names, keeps those that match, and finds their lists.
func (u *usage) find() error {
	u.packages, u.holds = map[int64]petri.Package{}, map[int64][]int64{}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(u.Names))) {
		rows, err := all(u.tx, scanPackage, `SELECT id, ecosystem, name, version FROM packages WHERE name = ?`, name)
		if err != nil {
			return err
		}
		for _, p := range rows {
			if !u.Match(p.Ecosystem, p.Name, p.Version) {
				continue
			}
			u.packages[p.id] = p.Package
			lists, err := all(u.tx, number, `SELECT list_id FROM package_rows WHERE package_id = ?`, p.id)
			if err != nil {
				return err
			}
			for _, list := range lists {
				u.holds[list] = append(u.holds[list], p.id)
			}
		}
	}
	u.lists = numbers(slices.Collect(maps.Keys(u.holds)))
	return nil
}

// among is the set of numbers of one JSON parameter.
func (u *usage) among() string {
	return `(SELECT CAST(t.value ` + u.tx.dialect.asText + ` AS BIGINT) FROM ` + u.tx.dialect.elements + `)`
}

func numbers(ids []int64) string {
	text, err := json.Marshal(append([]int64{}, ids...))
	if err != nil {
		panic("store: whole numbers always encode: " + err.Error())
	}
	return string(text)
}

// had is the condition that a use of lists counts.
func (u *usage) had() filter {
	var f filter
	if u.Loaded {
		f.add("u.loaded_list IN "+u.among(), u.lists)
	} else {
		f.add("(u.before_list IN "+u.among()+" OR u.after_list IN "+u.among()+")", u.lists, u.lists)
	}
	f.visible("p", u.Viewer)
	return f
}
