package store

import "github.com/petri-dev/petri"

// CountByStatus tells how many runs are in each state; states without any are left out.
func (s Runs) CountByStatus() (map[petri.RunStatus]int, error) {
	counts := map[petri.RunStatus]int{}
	err := s.tx.each(countInto(counts), `SELECT status, COUNT(*) FROM runs GROUP BY status`)
	return counts, err
}

// CountByStatus tells how many builds are in each state; states without any are left out.
func (s Builds) CountByStatus() (map[petri.BuildStatus]int, error) {
	counts := map[petri.BuildStatus]int{}
	err := s.tx.each(countInto(counts), `SELECT status, COUNT(*) FROM builds GROUP BY status`)
	return counts, err
}

func countInto[S ~string](counts map[S]int) func(scanner) error {
	return func(row scanner) error {
		var status string
		var n int
		err := row.Scan(&status, &n)
		counts[S(status)] = n
		return err
	}
}
