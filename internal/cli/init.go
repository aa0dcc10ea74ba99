package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

func (a *app) initCommand() *cobra.Command {
	var project, environment string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Link this folder to a project, making the project if there is none",
		Example: `  petri init --project churn --env science/r@4
  petri init`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := os.Getwd()
			if err != nil {
				return petri.Wrap(petri.NotFound, err, "the folder one is in is not there any more")
			}
			ref, err := initProject(dir, project)
			if err != nil {
				return err
			}
			if environment != "" {
				env, err := parseEnvironment(environment)
				if err != nil {
					return err
				}
				environment = showEnvironment(env)
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				return a.init(ctx, client, dir, ref, environment)
			})
		},
	}
	cmd.Flags().StringVar(&project, "project", "", "the project; the folder's name where absent")
	cmd.Flags().StringVar(&environment, "env", "", "the environment that the project's runs use")
	_ = cmd.RegisterFlagCompletionFunc("project", a.completeProjects)
	_ = cmd.RegisterFlagCompletionFunc("env", a.completeEnvironments)
	return cmd
}

// initProject is the project to link to: the one named, else what petri.toml says, else one
// called like the folder.
func initProject(dir, named string) (petri.ProjectRef, error) {
	if named != "" {
		return parseProject(named)
	}
	if _, err := os.Stat(filepath.Join(dir, workdir.ProjectFile)); err == nil {
		s, err := readSettings(workdir.Folder{Root: dir})
		if err != nil {
			return petri.ProjectRef{}, err
		}
		return parseProject(s.Project)
	}
	ref, err := parseProject(filepath.Base(dir))
	if err != nil {
		return ref, petri.Wrap(petri.Invalid, err, "the folder's name %q cannot name a project; say what to call it with: petri init --project NAME", filepath.Base(dir))
	}
	return ref, nil
}

func (a *app) init(ctx context.Context, client *api.Client, dir string, ref petri.ProjectRef, environment string) error {
	project, made, err := a.findOrMakeProject(ctx, client, ref, environment)
	if err != nil {
		return err
	}
	_, statErr := os.Stat(filepath.Join(dir, workdir.ProjectFile))
	written := environment
	if written == "" && errors.Is(statErr, fs.ErrNotExist) {
		written = project.Environment
	}
	if err := writeSettings(dir, project.Ref, written); err != nil {
		return err
	}
	declared, err := readSettings(workdir.Folder{Root: dir})
	if err != nil {
		return err
	}
	return a.print(project, func() {
		verb := "Linked this folder to the project"
		if made {
			verb = "Made the project, and linked this folder to it:"
		}
		a.out("%s %s (%s)", verb, project.Ref, workdir.ProjectFile)
		switch {
		case project.Head != "":
			a.out("It has files already; get them with: petri pull")
		case project.Environment == "" && declared.Environment != "":
			a.out("It will use the environment that the file names: %s", declared.Environment)
		case project.Environment == "":
			a.out("It has no environment yet; choose one with: petri project set --env REF")
		}
	})
}

func (a *app) findOrMakeProject(ctx context.Context, client *api.Client, ref petri.ProjectRef, environment string) (project api.Project, made bool, err error) {
	project, err = client.Project(ctx, ref)
	if petri.KindOf(err) == petri.NotFound {
		project, err = client.CreateProject(ctx, api.CreateProject{Owner: ref.Owner, Name: ref.Name, Environment: environment})
		return project, true, err
	}
	if err == nil && environment != "" && environment != project.Environment {
		project, err = client.EditProject(ctx, ref, api.EditProject{Environment: &environment})
	}
	return project, false, err
}
