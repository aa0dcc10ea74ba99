package runs

import (
	"context"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Submission asks for a run.
type Submission struct {
	Project petri.ProjectRef
	Spec    petri.RunSpec
	// Commit is an id, an unambiguous prefix, or head, which is what "" means.
	Commit string
	// Environment is the project's own where it is the zero value.
	Environment petri.EnvironmentRef
	// Origin is cli, web or api; the caller's where "".
	Origin string
	// DryRun only looks whether the run could be made, and makes none. Without a Commit none is
	// needed, and the run's is the project's head.
	DryRun bool
}

// Submit queues a run. Kinds: invalid for what cannot run on this machine, not_found for a
// project, commit or environment that is not there, denied, conflict for a revision that is
// not ready or a project that is archived. On an error nothing was made.
func (s *Service) Submit(ctx context.Context, c access.Caller, want Submission) (petri.Run, error) {
	spec, err := s.Complete(want.Spec)
	if err != nil {
		return petri.Run{}, err
	}
	origin, err := Origin(c, want.Origin)
	if err != nil {
		return petri.Run{}, err
	}
	var run petri.Run
	transaction := s.db.Update
	if want.DryRun {
		transaction = s.db.View
	}
	err = transaction(ctx, func(tx *store.Tx) error {
		project, err := workIn(tx, c, want.Project)
		if err != nil {
			return err
		}
		if err := notArchived(project); err != nil {
			return err
		}
		revision, err := Revision(tx, c, project, want.Environment)
		if err != nil {
			return err
		}
		commit := project.Head
		if !want.DryRun || want.Commit != "" {
			if commit, err = findCommit(tx, project, want.Commit); err != nil {
				return err
			}
		}
		run = petri.Run{
			ProjectID: project.ID, Spec: spec, Commit: commit, RevisionID: revision.ID, Environment: revision.Ref,
			Image: revision.Image.Digest, Origin: origin, CreatedBy: c.User.Name, CreatedAt: s.now(),
		}
		if want.DryRun {
			return nil
		}
		return tx.Runs().Create(&run)
	})
	return run, err
}

// Revision finds the ready revision that a project's runs are to be made in: of the environment
// asked for, or of the project's own where that is the zero value. Kinds: not_found, conflict.
func Revision(tx *store.Tx, c access.Caller, project petri.Project, asked petri.EnvironmentRef) (petri.Revision, error) {
	if asked == (petri.EnvironmentRef{}) {
		asked = project.Environment
	}
	if asked == (petri.EnvironmentRef{}) {
		return petri.Revision{}, petri.Errorf(petri.Conflict, "project %s has no environment: set one with petri project set --env owner/name, or say --env for this run", project.Ref())
	}
	return useRevision(tx, c, asked, false)
}

func findCommit(tx *store.Tx, project petri.Project, spec string) (petri.CommitID, error) {
	if spec == "" || spec == "head" {
		if project.Head == "" {
			return "", petri.Errorf(petri.Conflict, "project %s has no commit yet: push its files first, with petri push", project.Ref())
		}
		return project.Head, nil
	}
	commit, err := tx.Commits().ByPrefix(project.ID, spec)
	if err != nil {
		return "", err
	}
	return commit.ID(), nil
}

// Origin is where a caller asks from: what they say, if it is an origin. Kind: invalid.
func Origin(c access.Caller, asked string) (string, error) {
	if asked == "" {
		asked = c.Origin
	}
	if asked == "" {
		asked = "api"
	}
	if !slices.Contains([]string{"cli", "web", "api", "trial"}, asked) {
		return "", petri.Errorf(petri.Invalid, "%.40q is not an origin: use cli, web or api", asked)
	}
	return asked, nil
}

// Complete checks what a run would ask for, and fills in the server's defaults. Kind invalid for
// what cannot run on this machine.
func (s *Service) Complete(spec petri.RunSpec) (petri.RunSpec, error) {
	if err := spec.Check(); err != nil {
		return spec, err
	}
	if spec.CPUs == 0 {
		spec.CPUs = s.limits.DefaultCPUs
	}
	if spec.MemoryBytes == 0 {
		spec.MemoryBytes = s.limits.DefaultMemory
	}
	if spec.Network == "" {
		spec.Network = petri.NetworkDefault
	}
	spec.Tags = slices.Compact(slices.Sorted(slices.Values(spec.Tags)))
	return spec, s.fits(spec)
}

// fits refuses what this machine could never run.
func (s *Service) fits(spec petri.RunSpec) error {
	switch {
	case spec.CPUs > s.limits.CPUs:
		return petri.Errorf(petri.Invalid, "the run asks for %v CPUs and this machine has %v for runs: ask for fewer with --cpus", spec.CPUs, s.limits.CPUs)
	case spec.MemoryBytes > s.limits.MemoryBytes:
		return petri.Errorf(petri.Invalid, "the run asks for %s of memory and this machine has %s for runs: ask for less with --memory", petri.FormatBytes(spec.MemoryBytes), petri.FormatBytes(s.limits.MemoryBytes))
	case s.limits.GPUs >= 0 && spec.GPUs > s.limits.GPUs:
		return petri.Errorf(petri.Invalid, "the run asks for --gpus %d and this machine has %d for runs: ask for fewer, or for none", spec.GPUs, s.limits.GPUs)
	}
	return nil
}
