package trials

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// maxSteps is how many studies take a step at once: a long comparison keeps none of the others
// waiting.
const maxSteps = 4

// care is the driver's own account of a study. Nothing is lost with it.
type care struct {
	under   bool  // a step is under way
	due     bool  // something has changed since its last one began
	turn    int64 // of its last one: who waited longest goes first
	version int64
	failed  int // times in a row, at that version
	until   time.Time
}

// Start begins to take running studies further. Call Stop once afterwards.
func (s *Service) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.stopped.Go(func() { s.drive(ctx) })
}

// Stop comes to rest: steps under way are broken off, which harms none of them. It waits for
// that until ctx ends.
func (s *Service) Stop(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	rest := make(chan struct{})
	go func() {
		s.stopped.Wait()
		close(rest)
	}()
	select {
	case <-rest:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("studies did not come to rest: %w", context.Cause(ctx))
	}
}

func (s *Service) drive(ctx context.Context) {
	wake, stop := s.db.Watch(store.StudyQueue, store.RunQueue)
	defer stop()
	for changed := true; ; {
		s.round(ctx, changed)
		select {
		case <-ctx.Done():
			return
		case <-wake:
			changed = true
		case <-s.again:
			changed = false
		}
	}
}

// round begins a step of every running study that may take one; changed tells that any of them may
// have a reason to. A step that ends is none: a study that waits for its runs would take one after
// the other for nothing.
func (s *Service) round(ctx context.Context, changed bool) {
	var running []petri.Study
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		running, err = tx.Studies().Running()
		return err
	})
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("look for running studies", "error", err)
		}
		return
	}
	s.inTurn(running)
	for _, study := range running {
		if s.begin(study, changed) {
			s.stopped.Go(func() {
				s.ended(ctx, study, s.step(ctx, study))
				s.another()
			})
		}
	}
	s.forget(running)
}

// begin tells whether the study may take a step now, and notes that it does.
func (s *Service) begin(study petri.Study, changed bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	under := 0
	for _, c := range s.care {
		if c.under {
			under++
		}
	}
	c := s.care[int64(study.ID)]
	if c == nil {
		c = &care{}
		s.care[int64(study.ID)] = c
	}
	if c.version != study.Version {
		c.version, c.failed, c.until = study.Version, 0, time.Time{}
	}
	if c.due = c.due || changed; !c.due || c.under || under >= maxSteps || s.now().Before(c.until) {
		return false
	}
	s.turn++
	c.under, c.due, c.turn = true, false, s.turn
	return true
}

// inTurn sorts studies so that none waits for ever where there are more than may take a step.
func (s *Service) inTurn(running []petri.Study) {
	s.mu.Lock()
	defer s.mu.Unlock()
	turn := func(study petri.Study) int64 {
		if c := s.care[int64(study.ID)]; c != nil {
			return c.turn
		}
		return 0
	}
	slices.SortStableFunc(running, func(a, b petri.Study) int { return cmp.Compare(turn(a), turn(b)) })
}

// another begins a round where a study could not take the step that was due.
func (s *Service) another() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.care {
		if c.due {
			select {
			case s.again <- struct{}{}:
			default:
			}
			return
		}
	}
}

// forget drops what is known of studies that run no more.
func (s *Service) forget(running []petri.Study) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, c := range s.care {
		here := c.under
		for _, study := range running {
			here = here || int64(study.ID) == id
		}
		if !here {
			delete(s.care, id)
		}
	}
}

// step takes a study as far as it goes now. What goes wrong within, even a panic of a comparer
// over some stranger's file, is an error of this study alone.
func (s *Service) step(ctx context.Context, study petri.Study) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a study's step panicked", "study", study.Ref(), "panic", p, "stack", string(debug.Stack()))
			err = petri.Errorf(petri.Internal, "%s met a fault in Petri; its log tells more", study.Ref())
		}
	}()
	if study.StopRequestedBy != "" {
		return s.stopStep(ctx, study.ID)
	}
	_, err = s.advance(ctx, study)
	return err
}

// advance does what a study's kind does. It looks at the study's runs, submits what is missing
// and saves the study in one transaction, so that a crash never submits twice; comparisons are
// made outside of transactions, and saved by the study's version.
func (s *Service) advance(ctx context.Context, study petri.Study) (petri.Study, error) {
	switch study.Kind {
	case petri.StudyChecks:
		return s.advanceChecks(ctx, study)
	case petri.StudyReproduction:
		return s.advanceReproduction(ctx, study)
	case petri.StudyTrial:
		return s.advanceTrial(ctx, study)
	case petri.StudyBisection:
		return s.advanceBisection(ctx, study)
	}
	return study, petri.Errorf(petri.Internal, "%s is of no kind that this server knows", study.Ref())
}

// ended notes how a step ended, and gives a study up whose steps fail again and again.
func (s *Service) ended(ctx context.Context, study petri.Study, err error) {
	gone := err == nil || ctx.Err() != nil || petri.KindOf(err) == petri.Conflict && s.moved(ctx, study)
	s.mu.Lock()
	c := s.care[int64(study.ID)]
	c.under = false
	if gone {
		c.failed = 0
		s.mu.Unlock()
		return
	}
	c.failed++
	last := c.failed > len(s.patience)
	c.until = s.now().Add(s.patience[min(c.failed, len(s.patience))-1]) // also the last time: giving up may fail too
	s.mu.Unlock()
	s.log.Error("a study's step failed", "study", study.Ref(), "error", err, "giving_up", last)
	if last {
		s.giveUp(ctx, study, err)
	}
}

// moved tells whether somebody else changed the study meanwhile: the step is then simply done
// again on what it has become.
func (s *Service) moved(ctx context.Context, study petri.Study) bool {
	now, err := s.byID(ctx, study.ID)
	return err == nil && now.Version != study.Version
}

// giveUp ends a study with the reason.
func (s *Service) giveUp(ctx context.Context, study petri.Study, reason error) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Studies().ByID(study.ID)
		if err != nil || now.Status != petri.StudyRunning {
			return err
		}
		now.Status, now.Error = petri.StudyError, petri.MessageOf(reason)
		return tx.Studies().Save(&now)
	})
	if err != nil && ctx.Err() == nil {
		s.log.Error("give up a study", "study", study.Ref(), "error", err)
	}
}

func (s *Service) byID(ctx context.Context, id petri.StudyID) (petri.Study, error) {
	var study petri.Study
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		study, err = tx.Studies().ByID(id)
		return err
	})
	return study, err
}
