//go:build !crashpoints

package worker

// crash marks an instant at which the crash test kills the server; see crash_on.go.
func (w *Worker) crash(string) {}
