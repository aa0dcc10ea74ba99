package trials

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/projectfile"
)

// checksOf is what the petri.toml of a project's commit says. Kinds: not_found where the commit
// has none, invalid where it cannot be read.
func (s *Service) checksOf(ctx context.Context, project petri.Project, commit petri.CommitID) (projectfile.File, error) {
	made, err := s.commit(ctx, project.ID, commit)
	if err != nil {
		return projectfile.File{}, err
	}
	r, _, err := s.files.ReadFile(ctx, made.Tree, projectfile.Name)
	if petri.KindOf(err) == petri.NotFound {
		return projectfile.File{}, petri.Errorf(petri.NotFound, "commit %s of project %s has no %s, so it declares no checks; add the file with a [[check]] to it", commit.Short(), project.Ref(), projectfile.Name)
	}
	if err != nil {
		return projectfile.File{}, fmt.Errorf("read %s of commit %s: %w", projectfile.Name, commit.Short(), err)
	}
	defer r.Close()
	return projectfile.Read(r)
}
