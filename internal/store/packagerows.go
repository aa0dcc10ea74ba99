package store

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"

	"github.com/petri-dev/petri"
)

func (u *usage) revisions(a *PackageAnswer) error {
	f := filter{}
	f.add("l.id IN "+u.among(), u.lists)
	f.add("r.status = 'ready'")
	f.visible("e", u.Viewer)
	from := ` FROM package_lists l JOIN revisions r ON r.image_packages = l.digest JOIN environments e ON e.id = r.environment_id` + f.where()
	n, err := one(u.tx, number, `SELECT COUNT(*)`+from, f.args...)
	if err != nil {
		return err
	}
	a.Revisions = int(n)
	rows, err := all(u.tx, scanRevision, `SELECT `+revisionColumns+from+` ORDER BY r.id DESC LIMIT ?`, append(f.args, u.Limit)...)
	if err != nil {
		return err
	}
	found, err := u.found(func(yield func(petri.Digest)) {
		for _, r := range rows {
			yield(r.Image.Packages)
		}
	})
	for _, r := range rows {
		a.RevisionRows = append(a.RevisionRows, RevisionUse{r, found[r.Image.Packages]})
	}
	return err
}

// projects counts runs, result files and projects, and lists the projects whose runs are newest.
func (u *usage) projects(a *PackageAnswer) error {
	f := u.had()
	rows, err := all(u.tx, func(row scanner) (p ProjectUse, err error) {
		return p, row.Scan(&p.Project.Owner, &p.Project.Name, &p.Runs, &p.ResultFiles, &p.LastRun)
	}, `SELECT p.owner, p.name, CAST(SUM(u.runs) AS BIGINT), CAST(SUM(u.result_files) AS BIGINT), MAX(u.last_run)
		FROM package_uses u JOIN projects p ON p.id = u.project_id`+f.where()+`
		GROUP BY p.id, p.owner, p.name ORDER BY MAX(u.last_run) DESC`, f.args...)
	if err != nil {
		return err
	}
	a.Projects = len(rows)
	for _, p := range rows {
		a.Runs += p.Runs
		a.ResultFiles += p.ResultFiles
	}
	a.ProjectRows = rows[:min(len(rows), u.Limit)]
	return nil
}

// unknown counts the runs that had the package and of which nobody knows what they loaded.
func (u *usage) unknown(a *PackageAnswer) error {
	if !u.Loaded {
		return nil
	}
	had := *u
	had.Loaded = false
	f := had.had()
	f.add("u.loaded_list = 0")
	n, err := one(u.tx, number, `SELECT CAST(COALESCE(SUM(u.runs), 0) AS BIGINT)
		FROM package_uses u JOIN projects p ON p.id = u.project_id`+f.where(), f.args...)
	a.LoadedUnknown = int(n)
	return err
}

// runs lists the newest runs before Before. Few uses can hold one of them: those whose own
// newest run is among the newest.
func (u *usage) runs(a *PackageAnswer) error {
	before := u.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	type candidate struct {
		use    int64
		newest petri.RunID
	}
	f := u.had()
	newestOf, args := "u.last_run", []any{}
	if u.Before > 0 {
		f.add("u.first_run < ?", before)
		newestOf = `CASE WHEN u.last_run < ? THEN u.last_run ELSE
			(SELECT MAX(m.id) FROM runs m WHERE m.package_use_id = u.id AND m.id < ?) END`
		args = append(args, before, before)
	}
	candidates, err := all(u.tx, func(row scanner) (c candidate, err error) { return c, row.Scan(&c.use, &c.newest) },
		`SELECT u.id, `+newestOf+` AS newest FROM package_uses u JOIN projects p ON p.id = u.project_id`+f.where()+` ORDER BY newest DESC LIMIT ?`,
		append(append(args, f.args...), u.Limit)...)
	if err != nil {
		return err
	}
	var newest []int64
	for _, c := range candidates {
		if len(newest) >= u.Limit && newest[len(newest)-1] > int64(c.newest) {
			break
		}
		more, err := all(u.tx, number, `SELECT id FROM runs WHERE package_use_id = ? AND id < ? ORDER BY id DESC LIMIT ?`, c.use, before, u.Limit)
		if err != nil {
			return err
		}
		newest = append(newest, more...)
		slices.SortFunc(newest, func(x, y int64) int { return cmp.Compare(y, x) })
		newest = newest[:min(len(newest), u.Limit)]
	}
	return u.readRuns(newest, a)
}

func (u *usage) readRuns(ids []int64, a *PackageAnswer) error {
	rows, err := all(u.tx, scanRun, selectRun+` WHERE r.id IN `+u.among()+` ORDER BY r.id DESC`, numbers(ids))
	if err != nil {
		return err
	}
	found, err := u.found(func(yield func(petri.Digest)) {
		for _, r := range rows {
			yield(r.PackagesBefore)
			yield(r.PackagesAfter)
			yield(r.Loaded)
		}
	})
	for _, r := range rows {
		lists := []petri.Digest{r.PackagesBefore, r.PackagesAfter}
		if u.Loaded {
			lists = []petri.Digest{r.Loaded}
		}
		var packages []petri.Package
		for _, digest := range lists {
			packages = append(packages, found[digest]...)
		}
		a.RunRows = append(a.RunRows, RunUse{r, petri.NewPackageList(packages)})
	}
	return err
}

// found tells which of the packages asked for each of some lists names.
func (u *usage) found(lists func(yield func(petri.Digest))) (map[petri.Digest][]petri.Package, error) {
	found := map[petri.Digest][]petri.Package{}
	lists(func(digest petri.Digest) { found[digest] = nil })
	wanted, err := json.Marshal(slices.AppendSeq([]petri.Digest{}, maps.Keys(found)))
	if err != nil {
		return nil, err
	}
	err = u.tx.each(func(row scanner) error {
		var list int64
		var digest petri.Digest
		err := row.Scan(&list, &digest)
		for _, id := range u.holds[list] {
			found[digest] = append(found[digest], u.packages[id])
		}
		return err
	}, `SELECT l.id, l.digest FROM package_lists l WHERE l.digest IN
		(SELECT t.value`+u.tx.dialect.asText+` FROM `+u.tx.dialect.elements+`)`, string(wanted))
	for digest, packages := range found {
		found[digest] = petri.NewPackageList(packages)
	}
	return found, err
}
