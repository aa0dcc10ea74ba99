package trials_test

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/trials"
)

// A study whose runs go on costs nothing: the driver looks at it when something has changed, and once
// a second. Each look reads the clock, which counts.
func TestDriverWaits(t *testing.T) {
	w := newTeam(t)
	w.revision("r", petri.BuildReady, petri.Base{})
	p := w.project("alice", "p", "r", oneCheck)
	w.Start()
	for range 6 { // more than take a step at once
		_, err := w.StartChecks(ctx, w.alice, trials.CheckRequest{Project: p.Ref()})
		w.must(err)
	}
	w.eventually("all runs are queued", func() bool { return w.runCount() == 6 })
	before := w.clock()
	time.Sleep(1500 * time.Millisecond)
	if looks := int(w.clock().Sub(before).Seconds()); looks > 100 {
		t.Errorf("the driver looked %d times at studies that wait", looks)
	}
	w.eventually("all are done", func() bool { w.work(1); return w.study(6).Status == petri.StudyDone })
	w.must(w.Stop(ctx))
}
