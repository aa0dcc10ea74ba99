package inspect

import "github.com/petri-dev/petri"

// Options say where to look besides the places that are the same everywhere.
type Options struct {
	// Homes are home folders, which hold users' own libraries.
	Homes []string
	// Projects are folders with libraries of their own: .venv, renv, node_modules.
	Projects []string
	// Env is an environment, NAME=value, whose search paths count: PYTHONPATH, R_LIBS, ….
	Env []string
}

// List reads what is installed below root. What cannot be read or understood is left out; an
// error means that root itself is no folder.
func List(root string, opts Options) (petri.PackageList, error) {
	return petri.NewPackageList(nil), nil
}
