// Package ignore tells which paths of a project's folder are left out of it, by the rules of
// .gitignore, equal to git's own down to its odd corners.
//
// workdir is its only caller: it reads a folder's ignore file and asks for each name in it.
// The package reads no files itself and knows nothing of commits.
//
// # Where rules come from
//
// Each folder may hold a .petriignore or a .gitignore; the syntax is the same. Where a folder
// has a .petriignore, that folder's .gitignore is not read: the first replaces the second,
// folder by folder, so that a project can keep data that git must not have. Rules of a deeper
// folder win over those of the folders above, and in one file the last that matches wins.
// What lies in an ignored folder is ignored, whatever else is said of it. .git and .petri are
// always ignored, at any depth. Git's own .git/info/exclude and core.excludesFile are not
// read: they belong to one person's machine, not to the project.
package ignore

// PetriFile and GitFile are the names of ignore files.
const (
	PetriFile = ".petriignore"
	GitFile   = ".gitignore"
)

// Always tells whether name is left out of every project, whatever the rules say.
func Always(name string) bool { return name == ".git" || name == ".petri" }
