package runs_test

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
)

func TestWaiting(t *testing.T) {
	w := newWorld(t)
	waiting := func(r petri.Run) string {
		t.Helper()
		words, err := w.Waiting(ctx, r)
		w.must(err)
		return words
	}
	first := w.submit()
	if got := waiting(first); got != "it is next" {
		t.Error(got)
	}
	w.must(w.Claim(ctx, first.ID, "worker"))
	second, third, fourth := w.submit(), w.submit(), w.submit()
	if got := waiting(second); got != "it is next, and needs 1 CPU and 1 GiB: 1 of 4 CPUs and 1 GiB of 8 GiB are in use" {
		t.Error(got)
	}
	if got := waiting(third); got != "one run is before it" {
		t.Error(got)
	}
	if got := waiting(fourth); got != "2 runs are before it" {
		t.Error(got)
	}
	if got := waiting(w.run(1)); got != "" {
		t.Error(got)
	}
}

func TestWaitingForTheDisk(t *testing.T) {
	w := newWorld(t)
	full := petri.Errorf(petri.Exhausted, "the disk is nearly full")
	first := w.submit()
	tight := runs.New(runs.Config{DB: w.db, Blobs: w.blobs, Now: time.Now, Room: func() error { return full }})
	words, err := tight.Waiting(ctx, first)
	w.must(err)
	if words != "it is next, but the disk is nearly full" {
		t.Error(words)
	}
}
