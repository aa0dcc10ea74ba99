package httpd

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/projectfile"
)

// follow has a project use the environment that a commit's petri.toml names where its parent's
// named another, or none. What petri project set said since the file last changed stays. The
// commit is made already, so what goes wrong is only written down.
func (s *server) follow(ctx context.Context, c access.Caller, project petri.Project, made petri.Commit) {
	named := s.namedEnvironment(ctx, made)
	if named == "" {
		return
	}
	if len(made.Parents) > 0 {
		_, parent, err := s.Files.Resolve(ctx, project, string(made.Parents[0]))
		if err == nil && s.namedEnvironment(ctx, parent) == named {
			return
		}
	}
	if err := s.projects.Follow(ctx, c, project.ID, named); err != nil {
		s.log.WarnContext(ctx, "a commit names an environment that its project could not be given", "project", project.Ref(), "environment", named, "error", err)
	}
}

// namedEnvironment is what a commit's petri.toml calls its environment; "" where it names none,
// is not there, or cannot be read.
func (s *server) namedEnvironment(ctx context.Context, commit petri.Commit) string {
	r, _, err := s.Files.ReadFile(ctx, commit.Tree, projectfile.Name)
	if err != nil {
		return ""
	}
	defer r.Close()
	file, err := projectfile.Read(r)
	if err != nil {
		return ""
	}
	return file.Environment
}
