//go:build !crashpoints

package trials

// crash marks an instant at which the crash test kills the server; see crash_on.go.
func (s *Service) crash(string) {}
