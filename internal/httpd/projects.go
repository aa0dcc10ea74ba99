package httpd

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/projects"
)

// ProjectPath names a project in a path.
type ProjectPath struct {
	Owner string `path:"owner" doc:"~ for one's own"`
	Name  string `path:"name"`
}

func (p ProjectPath) ref(c access.Caller) petri.ProjectRef {
	return petri.ProjectRef{Owner: ownerOf(c, p.Owner), Name: p.Name}
}

func (s *server) listProjects(ctx context.Context, c access.Caller, in *listInput) ([]api.Project, error) {
	found, err := s.projects.List(ctx, c, ownerOf(c, in.Owner), in.Archived)
	return list(found, encodeProject), err
}

type createProjectInput struct{ Body api.CreateProject }

func (s *server) createProject(ctx context.Context, c access.Caller, in *createProjectInput) (api.Project, error) {
	made, err := s.projects.Create(ctx, c, projects.Creation{
		Owner: ownerOf(c, in.Body.Owner), Name: in.Body.Name,
		Visibility: petri.Visibility(in.Body.Visibility), Environment: in.Body.Environment,
	})
	return encodeProject(made), err
}

func (s *server) getProject(ctx context.Context, c access.Caller, in *ProjectPath) (api.Project, error) {
	found, err := s.projects.Get(ctx, c, in.ref(c))
	return encodeProject(found), err
}

type editProjectInput struct {
	ProjectPath
	Body api.EditProject
}

func (s *server) editProject(ctx context.Context, c access.Caller, in *editProjectInput) (api.Project, error) {
	edited, err := s.projects.Edit(ctx, c, in.ref(c), projects.Change(in.Body))
	return encodeProject(edited), err
}
