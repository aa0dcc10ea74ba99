package store

import (
	"encoding/json"
	"time"

	"github.com/petri-dev/petri"
)

// Likeness is the same for runs that should come to the same result: of one project, with the same
// commit, image, command, resources, time limit, network and variables. Title and tags do not count.
func Likeness(r petri.Run) string {
	s := r.Spec
	canonical, err := json.Marshal(struct {
		Project   petri.ProjectID
		Commit    petri.CommitID
		Image     petri.Digest
		Command   []string
		CPUs      float64
		Memory    int64
		GPUs      int
		Timeout   time.Duration
		Network   petri.Network
		Variables map[string]string
	}{r.ProjectID, r.Commit, r.Image, s.Command, s.CPUs, s.MemoryBytes, s.GPUs, s.Timeout, network(s.Network), variables(s.Variables)})
	if err != nil {
		return "" // a number of CPUs that is none, which petri refuses; such a run is like no other
	}
	return string(petri.DigestBytes(canonical))
}

// network is what "" stands for.
func network(n petri.Network) petri.Network {
	if n == "" {
		return petri.NetworkDefault
	}
	return n
}

// variables makes no difference between none and an empty list of them.
func variables(v map[string]string) map[string]string {
	if len(v) == 0 {
		return nil
	}
	return v
}

// maxAlike bounds how many like runs Alike gives.
const maxAlike = 20

// Alike gives the newest sealed runs of that Likeness, at most 20, newest first.
func (s Runs) Alike(likeness string) ([]petri.Run, error) {
	if likeness == "" {
		return nil, nil
	}
	return all(s.tx, scanRun, selectRun+` WHERE r.likeness = ? AND r.status IN ('succeeded', 'failed', 'stopped')
		ORDER BY r.id DESC LIMIT ?`, likeness, maxAlike)
}

// SetLikeness gives up to limit runs after that one, which were made before there was a Likeness,
// theirs. last is the last run looked at, 0 when none was left.
func (s Runs) SetLikeness(after petri.RunID, limit int) (last petri.RunID, err error) {
	older, err := all(s.tx, scanRun, selectRun+` WHERE r.likeness = '' AND r.id > ? ORDER BY r.id LIMIT ?`, after, limit)
	if err != nil {
		return 0, err
	}
	for _, r := range older {
		if _, err := s.tx.exec(`UPDATE runs SET likeness = ? WHERE id = ?`, Likeness(r), r.ID); err != nil {
			return 0, err
		}
		last = r.ID
	}
	return last, nil
}
