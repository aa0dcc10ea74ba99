package worker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
)

// TestSweep removes what ended runs and builds of this server left behind, and nothing else.
func TestSweep(t *testing.T) {
	l := newLab(t).withEnvironment("")
	run := l.ended(l.submit(), petri.RunSucceeded)
	l.clean()
	l.stop()
	running := l.submit("print a", "sleep 1m")
	leave := func(labels map[string]string) {
		_, err := l.engine.Create(t.Context(), engine.Spec{Name: fmt.Sprint("left-", labels), Labels: labels})
		l.must(err)
	}
	mine := func(sort, id string) map[string]string {
		return map[string]string{"petri.server": serverID, "petri." + sort: id}
	}
	leave(mine("run", fmt.Sprint(run.ID)))
	leave(mine("run", "999")) // of rows that a backup did not have
	leave(mine("build", "1"))
	leave(mine("other", "1"))
	leave(map[string]string{"petri.server": "another", "petri.run": "1"})
	for _, folder := range []string{"runs/1", "runs/999", "runs/notes", "builds/1", "builds/999"} {
		l.must(os.MkdirAll(filepath.Join(l.data, folder, "upper", "deep"), 0o755))
	}
	l.start()
	l.untilPrinted(running, "a\n")
	l.eventually(func() error {
		containers, err := l.engine.Engine.List(t.Context(), nil)
		if err != nil || len(containers) != 3 { // the running one, and two of no concern
			return fmt.Errorf("containers %v, %v", containers, err)
		}
		left, _ := filepath.Glob(filepath.Join(l.data, "[rb]u*s", "*"))
		if len(left) != 2 { // the running one's, and the notes
			return fmt.Errorf("folders %v", left)
		}
		return nil
	})
	l.stopRun(running)
	l.ended(running, petri.RunStopped)
}

// TestSweepKeepsWhatMayBeMounted: the folder of a container that will not go stays.
func TestSweepKeepsWhatMayBeMounted(t *testing.T) {
	l := newLab(t).withEnvironment("")
	run := l.dieAt(l.engine.hangBefore("Remove"))
	l.ended(run, petri.RunSucceeded)
	l.engine.onceBefore("Remove", func() error { return petri.Errorf(petri.Internal, "device or resource busy") })
	l.must(os.MkdirAll(filepath.Join(l.data, "runs", "999"), 0o755))
	l.start()
	l.eventually(func() error {
		left, _ := filepath.Glob(filepath.Join(l.data, "runs", "*"))
		if len(left) != 1 || filepath.Base(left[0]) != fmt.Sprint(run.ID) {
			return fmt.Errorf("folders %v", left)
		}
		return nil
	})
	l.stop()
	l.start() // and the next one tries again
	l.clean()
}

// TestSweepWhenTheEngineIsAway waits for it.
func TestSweepWhenTheEngineIsAway(t *testing.T) {
	l := newLab(t).withEnvironment("")
	run := l.dieAt(l.engine.hangBefore("Remove"))
	l.ended(run, petri.RunSucceeded)
	l.engine.onceBefore("List", away)
	l.start()
	l.clean()
}
