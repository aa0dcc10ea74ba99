package buildkit

import (
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// An ownStep reports something long that Petri does itself before a build.
type ownStep struct {
	progress builder.Progress
	now      func() time.Time
	began    time.Time
}

func newOwnStep(name string, progress builder.Progress, now func() time.Time) *ownStep {
	s := &ownStep{progress: progress, now: now, began: now()}
	progress(petri.BuildEvent{Time: s.began, Step: 1, Name: name, State: "started"})
	return s
}

func (s *ownStep) say(output string) {
	s.progress(petri.BuildEvent{Time: s.now(), Step: 1, Output: output})
}

func (s *ownStep) finish(state, message string) {
	now := s.now()
	s.progress(petri.BuildEvent{Time: now, Step: 1, State: state, Message: message, Seconds: now.Sub(s.began).Seconds()})
}
