package witness

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// failed is the witness's exit code when it could not do its own part, as with docker run.
const failed = 125

// Main is the witness's whole life, on the folder at FolderPath; it returns what the
// container exits with: the command's exit code, or 125 with FailureFile written. Called by the name
// of ToolPath it is Tool instead.
func Main() int {
	if filepath.Base(os.Args[0]) == path.Base(ToolPath) {
		return Tool(os.Args[1:], os.Stdout, os.Stderr)
	}
	w := &witness{folder: FolderPath, now: time.Now, errors: os.Stderr, signals: make(chan os.Signal, 64)}
	// From here on a stop is not lost, however early it comes.
	signal.Notify(w.signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGXFSZ)
	// What is set for a thread must hold for the one that forks.
	runtime.LockOSThread()
	code, err := w.live()
	if err != nil {
		w.say("%v", err)
		_ = WriteFile(w.folder, FailureFile, []byte(err.Error()))
		return failed
	}
	return code
}

// witness is one life.
type witness struct {
	folder  string
	now     func() time.Time
	errors  io.Writer // the container's own stderr, which Docker keeps
	signals chan os.Signal
	spec    Spec
}

func (w *witness) say(format string, args ...any) {
	fmt.Fprintf(w.errors, "petri-witness: "+format+"\n", args...)
}

func (w *witness) live() (int, error) {
	spec, err := ReadSpec(w.folder)
	if err != nil {
		return 0, fmt.Errorf("read what to do: %w", err)
	}
	w.spec = spec
	if spec.Inspect {
		return 0, w.inspectImage()
	}
	r, err := w.prepare()
	if err != nil {
		return 0, fmt.Errorf("prepare the run: %w", err)
	}
	if err := r.execute(); err != nil {
		return 0, err
	}
	return r.outcome.ExitCode, r.finish()
}

// shield keeps the command away from the witness's memory, also where both are one user, and
// keeps it from gaining rights. With no_new_privs a command that is not root can gain no
// capability, so the bounding set needs no trimming, for which we have no right either.
func shield() {
	_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	if os.Getpid() != 1 {
		_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	}
}

// signalName is a signal as people write it, SIGTERM.
func signalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(s))
}
