package inspect

import (
	"path"
	"slices"
	"strings"
)

// findPrefixes finds the folders below which an interpreter may have its libraries: the
// system's, what was put into /opt, users' own, the project's, and whatever PATH leads to.
func (s *scan) findPrefixes() []string {
	found := []string{"/usr", "/usr/local", "/venv", "/.venv", "/env", "/conda", "/miniconda3", "/opt"}
	for _, one := range s.under("/opt") {
		found = append(found, one)
		switch path.Base(one) {
		case "bin", "lib", "share", "include", "etc", "pkgs":
		default:
			found = append(found, s.under(one, "bin", "lib", "lib64", "share", "include", "etc", "pkgs", "conda-meta")...)
		}
	}
	for _, home := range s.opts.Homes {
		found = append(found, s.homePrefixes(home)...)
	}
	for _, project := range s.opts.Projects {
		for _, name := range []string{".venv", "venv", "env", ".conda"} {
			found = append(found, path.Join(project, name))
		}
		// A virtual environment under any other name has this file.
		for _, one := range s.under(project) {
			if s.tree.has(path.Join(one, "pyvenv.cfg")) {
				found = append(found, one)
			}
		}
	}
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONUSERBASE"} {
		found = append(found, s.env(name)...)
	}
	for _, dir := range s.env("PATH") {
		if path.Base(dir) == "bin" {
			found = append(found, path.Dir(dir))
		}
	}
	return s.withConda(found)
}

func (s *scan) homePrefixes(home string) []string {
	found := []string{}
	for _, name := range []string{".local", ".venv", "venv", "miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".npm-global"} {
		found = append(found, path.Join(home, name))
	}
	for _, name := range []string{".conda/envs", ".pyenv/versions", ".virtualenvs", ".local/share/virtualenvs",
		".local/share/pipx/venvs", ".local/pipx/venvs", ".local/share/uv/python", ".local/share/uv/tools"} {
		found = append(found, s.under(path.Join(home, name))...)
	}
	return found
}

// withConda adds the environments that lie inside conda installations, and drops repeats.
func (s *scan) withConda(found []string) []string {
	all := []string{}
	known := map[string]bool{}
	for _, prefix := range found {
		prefix = path.Clean("/" + prefix)
		if known[prefix] || len(all) >= maxPrefixes {
			continue
		}
		known[prefix] = true
		all = append(all, prefix)
		for _, env := range s.under(path.Join(prefix, "envs")) {
			if !known[env] && len(all) < maxPrefixes {
				known[env] = true
				all = append(all, env)
			}
		}
	}
	return all
}

const (
	maxPrefixes = 2000
	maxUnder    = 200
)

// under are the entries of dir, without those named.
func (s *scan) under(dir string, without ...string) []string {
	names := s.tree.names(dir)
	slices.Sort(names)
	full := []string{}
	for _, name := range names[:min(maxUnder, len(names))] {
		if !slices.Contains(without, name) {
			full = append(full, path.Join(dir, name))
		}
	}
	return full
}

// env are the absolute folders that a search path of the environment names.
func (s *scan) env(name string) []string {
	dirs := []string{}
	for _, pair := range s.opts.Env {
		value, ok := strings.CutPrefix(pair, name+"=")
		if !ok {
			continue
		}
		for _, dir := range strings.Split(value, ":") {
			if strings.HasPrefix(dir, "~/") && len(s.opts.Homes) > 0 {
				dir = path.Join(s.opts.Homes[0], dir[2:])
			}
			if strings.HasPrefix(dir, "/") && len(dirs) < maxUnder {
				dirs = append(dirs, path.Clean(dir))
			}
		}
	}
	return dirs
}
