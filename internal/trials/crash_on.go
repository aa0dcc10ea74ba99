//go:build crashpoints

package trials

import (
	"os"
	"syscall"
)

// crash kills the server, as kill -9 would, when PETRI_CRASH_AT names this instant. Only the
// crash test's binary has it.
func (s *Service) crash(point string) {
	if os.Getenv("PETRI_CRASH_AT") == point {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
