package main

import (
	"fmt"
	"sync"
	"testing"

	"github.com/moby/moby/client"

	"github.com/petri-dev/petri/internal/engine/docker"
)

// starts counts, by Docker's own word, how often a container was started for each run.
type starts struct {
	mu    sync.Mutex
	byRun map[string]int
	err   error // why Docker says no more
}

// countStarts listens to Docker until the test's end.
func (h *crashHarness) countStarts(t *testing.T) {
	t.Helper()
	e, err := docker.New("")
	if err != nil {
		t.Fatal(err)
	}
	h.starts.byRun = map[string]int{}
	events := e.Client().Events(t.Context(), client.EventsListOptions{
		Filters: client.Filters{}.Add("type", "container").Add("event", "start").Add("label", "petri.run"),
	})
	go func() {
		for {
			select {
			case event := <-events.Messages:
				h.starts.mu.Lock()
				h.starts.byRun[event.Actor.Attributes["petri.server"]+" "+event.Actor.Attributes["petri.run"]]++
				h.starts.mu.Unlock()
			case err := <-events.Err:
				h.starts.mu.Lock()
				h.starts.err = err
				h.starts.mu.Unlock()
				return
			}
		}
	}()
}

// startedOnce fails unless one container was started for each run of this server, once. The
// witness starts its command once at most.
func (h *crashHarness) startedOnce(t *testing.T) {
	t.Helper()
	h.start(t, "")
	defer h.kill()
	info, err := h.client.Server(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = eventually(func() error {
		h.starts.mu.Lock()
		defer h.starts.mu.Unlock()
		if h.starts.err != nil {
			return h.starts.err
		}
		for run := range h.runs + h.otherRuns {
			if n := h.starts.byRun[fmt.Sprint(info.Server, " ", run+1)]; n != 1 {
				return fmt.Errorf("for run %d of %d, %d containers were started: %v", run+1, h.runs+h.otherRuns, n, h.starts.byRun)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
