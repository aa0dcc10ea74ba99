package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri/api"
)

// TestStudiesKilled kills the server, as kill -9 does, at instants that the driver of studies and the
// worker mark and at random ones, while one study of each kind is under way on real Docker. Each study
// must come to its answer, with no run started twice, none made for nothing and none too many,
// nothing left behind, and records that verify.
func TestStudiesKilled(t *testing.T) {
	needDocker(t)
	h := newCrashHarness(t)
	h.countStarts(t)
	u := &underWay{T: t, client: func() *api.Client { return h.client }, scripts: shellScripts}
	h.start(t, "")
	u.prepare(crashBase, h.write(t), func(folder string, args ...string) {
		t.Helper()
		if out, err := h.petri(filepath.Join(h.home, folder), args...).CombinedOutput(); err != nil {
			t.Fatalf("petri %v: %v\n%s", args, err, out)
		}
	})
	before, random, killed := u.runs("before"), rand.New(rand.NewPCG(7, 8)), 0
	for _, point := range []string{"study-submitting", "study-submitted", "study-judged", "study-kept", "run-sealed", "at random"} {
		u.refs = nil
		u.begin()
		for range 3 {
			h.kill()
			at := point
			if point == "at random" {
				at = fmt.Sprintf("after %dms", 50+random.IntN(1500))
			}
			h.start(t, at)
			h.diesAt(t, at)
			killed++
		}
		h.start(t, "")
		what := "killed at " + point
		u.end(what)
		// At most: two of each of the trial's checks and the control again of three; one check; three
		// reruns; the bisection's three revisions and the good one again.
		total := u.runs(what)
		if made := total - before; made > 11+1+3+4 {
			t.Errorf("%s: %d runs were made", what, made)
		}
		before = total
	}
	t.Logf("killed %d times, %d runs", killed, before)
	h.kill()
	h.otherRuns = before
	h.startedOnce(t)
	h.nothingLeft(t)
}

// diesAt waits for the server to be killed at point.
func (h *crashHarness) diesAt(t *testing.T, point string) {
	t.Helper()
	if after, ok := strings.CutPrefix(point, "after "); ok {
		d, err := time.ParseDuration(after)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(d)
		h.kill()
		return
	}
	stuck := time.AfterFunc(30*time.Second, func() { t.Errorf("the server never came to %s", point); h.kill() })
	_ = h.server.Wait()
	stuck.Stop()
}

// write makes files below home.
func (h *crashHarness) write(t *testing.T) func(folder string, files map[string]string) {
	return func(folder string, files map[string]string) {
		t.Helper()
		for name, text := range files {
			path := filepath.Join(h.home, folder, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
