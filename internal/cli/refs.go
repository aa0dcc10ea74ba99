package cli

import (
	"os"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/workdir"
)

// A reference without an owner means one's own; the server knows whose. Until then the owner
// stays empty.
const ownPlaceholder = "own"

func parseEnvironment(s string) (petri.EnvironmentRef, error) {
	ref, err := petri.ParseEnvironmentRef(s, ownPlaceholder)
	if !strings.Contains(s, "/") {
		ref.Owner = ""
	}
	return ref, err
}

// parseRevision is parseEnvironment for what must name one revision.
func parseRevision(s string) (petri.EnvironmentRef, error) {
	ref, err := parseEnvironment(s)
	if err == nil && ref.Revision == 0 {
		return ref, petri.Errorf(petri.Invalid, "%s is an environment; say which revision, as in %s@3", s, s)
	}
	return ref, err
}

// parseWhole is parseEnvironment for what must name a whole environment.
func parseWhole(s string) (petri.EnvironmentRef, error) {
	ref, err := parseEnvironment(s)
	if err == nil && ref.Revision != 0 {
		return ref, petri.Errorf(petri.Invalid, "%s is one revision; name the environment, as in %s", s, showEnvironment(ref.At(0)))
	}
	return ref, err
}

func parseProject(s string) (petri.ProjectRef, error) {
	ref, err := petri.ParseProjectRef(s, ownPlaceholder)
	if !strings.Contains(s, "/") {
		ref.Owner = ""
	}
	return ref, err
}

// showEnvironment writes a reference as the person did, without an owner where there was none.
func showEnvironment(ref petri.EnvironmentRef) string { return strings.TrimPrefix(ref.String(), "/") }

func showProject(ref petri.ProjectRef) string { return strings.TrimPrefix(ref.String(), "/") }

// project is the project of the folder one is in, unless one is named.
func (a *app) project(named string) (petri.ProjectRef, error) {
	if named != "" {
		return parseProject(named)
	}
	place, err := a.place()
	if err != nil {
		return petri.ProjectRef{}, err
	}
	return place.project, nil
}

// run reads the reference of a run; inside a project's folder its number will do.
func (a *app) run(s string) (petri.RunRef, error) {
	path, _, found := strings.Cut(s, "#")
	if found && path != "" {
		ref, err := petri.ParseRunRef(s, petri.ProjectRef{Owner: ownPlaceholder})
		if !strings.Contains(path, "/") {
			ref.Project.Owner = ""
		}
		return ref, err
	}
	if _, err := petri.ParseRunRef(s, petri.ProjectRef{Owner: ownPlaceholder, Name: ownPlaceholder}); err != nil {
		return petri.RunRef{}, err
	}
	place, err := a.place()
	if petri.KindOf(err) == petri.NotFound {
		return petri.ParseRunRef(s, petri.ProjectRef{}) // which says what is missing
	}
	if err != nil {
		return petri.RunRef{}, err
	}
	return petri.ParseRunRef(s, place.project)
}

// place is a project's folder and what its petri.toml says.
type place struct {
	folder   workdir.Folder
	settings settings
	project  petri.ProjectRef
}

// place finds the project's folder one is in.
func (a *app) place() (place, error) {
	dir, err := os.Getwd()
	if err != nil {
		return place{}, petri.Wrap(petri.NotFound, err, "the folder one is in is not there any more")
	}
	folder, err := workdir.Find(dir)
	if err != nil {
		return place{}, err
	}
	settings, err := readSettings(folder)
	if err != nil {
		return place{}, err
	}
	project, err := parseProject(settings.Project)
	if err != nil {
		return place{}, petri.Wrap(petri.Invalid, err, "%s: project: %s", settings.path, petri.MessageOf(err))
	}
	if settings.Environment != "" && project.Owner != "" && !strings.Contains(settings.Environment, "/") {
		// What a file says must not depend on who reads it.
		settings.Environment = project.Owner + "/" + settings.Environment
	}
	return place{folder: folder, settings: settings, project: project}, nil
}
