package trials

import "time"

// SetPatience makes the driver give up sooner.
func (s *Service) SetPatience(waits ...time.Duration) { s.patience = waits }

// Judge and Kept are what the studies share.
var (
	Judge = judge
	Kept  = kept
)
