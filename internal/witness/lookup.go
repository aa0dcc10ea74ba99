package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The exit codes that every shell gives.
const (
	cannotRun = 126
	notFound  = 127
)

// lookCommand finds the command's file as a shell would, with the command's own PATH. why is
// set, with its exit code, where there is none.
func lookCommand(spec Spec, env []string) (path string, code int, why string) {
	if len(spec.Command) == 0 || spec.Command[0] == "" {
		return "", notFound, "no command was given"
	}
	if info, err := os.Stat(spec.Dir); spec.Dir != "" && (err != nil || !info.IsDir()) {
		return "", cannotRun, fmt.Sprintf("the working folder %s is not there", spec.Dir)
	}
	name := spec.Command[0]
	if strings.Contains(name, "/") {
		return check(name, inDir(spec.Dir, name))
	}
	seen := ""
	for _, folder := range filepath.SplitList(searchPath(env)) {
		candidate := inDir(spec.Dir, filepath.Join(folder, name))
		info, err := os.Stat(candidate)
		if err != nil || info.IsDir() {
			continue
		}
		if info.Mode()&0o111 != 0 {
			return candidate, 0, ""
		}
		seen = candidate
	}
	if seen != "" {
		return "", cannotRun, seen + ": not executable"
	}
	return "", notFound, name + ": not found in the image"
}

func check(name, path string) (string, int, string) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return "", notFound, name + ": no such file in the project or the image"
	case err != nil:
		// What we may not look at, the command's user perhaps may.
		return path, 0, ""
	case info.IsDir():
		return "", cannotRun, name + ": is a folder, not a program"
	case info.Mode()&0o111 == 0:
		return "", cannotRun, name + ": not executable; make it so with chmod +x and push, or name its interpreter, as in: petri run -- sh " + name
	}
	return path, 0, ""
}

func inDir(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func searchPath(env []string) string {
	if path := lookupEnv(env, "PATH"); path != "" {
		return path
	}
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

// explainStart says in words why the kernel would not start what lookCommand found.
func explainStart(spec Spec, path string, err error) (code int, why string) {
	name := spec.Command[0]
	switch {
	case errors.Is(err, syscall.ENOENT):
		return cannotRun, name + ": " + missingInterpreter(path)
	case errors.Is(err, syscall.ENOEXEC):
		return cannotRun, fmt.Sprintf("%s: not a program for this machine, and without a #! line; name its interpreter, as in: petri run -- sh %s", name, name)
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return cannotRun, fmt.Sprintf("%s: user %d may not run it, or may not enter %s", name, spec.UID, spec.Dir)
	case errors.Is(err, syscall.E2BIG):
		return cannotRun, fmt.Sprintf("%s: its arguments and variables are longer than Linux passes on", name)
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOMEM):
		return cannotRun, fmt.Sprintf("%s: no memory or process left to start it with; ask for more memory", name)
	default:
		return cannotRun, fmt.Sprintf("%s: %v", path, err)
	}
}

// missingInterpreter says what a file that is there needs and the image has not.
func missingInterpreter(path string) string {
	begin := make([]byte, 256)
	if file, err := os.Open(path); err == nil { // of what cannot be read nothing is known
		n, _ := file.Read(begin)
		begin = begin[:n]
		_ = file.Close()
	}
	line, _, _ := strings.Cut(string(begin), "\n")
	line, script := strings.CutPrefix(line, "#!")
	switch {
	case !script:
		return "the loader that it needs is not in the image: it was built for another system"
	case strings.HasSuffix(line, "\r"):
		return "its first line ends as on Windows, so its interpreter is not found; take the carriage returns out, as in: sed -i 's/\\r$//' FILE"
	}
	interpreter, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	return fmt.Sprintf("its interpreter %s, which its first line names, is not in the image", interpreter)
}
