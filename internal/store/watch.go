package store

import (
	"strconv"
	"sync"
	"time"

	"github.com/petri-dev/petri"
)

// Topic is something one can wait for.
type Topic string

// RunQueue is touched when a run is queued, ends, or is asked to stop; BuildQueue likewise.
// StudyQueue is touched at every change of a study.
const (
	RunQueue   Topic = "runs"
	BuildQueue Topic = "builds"
	StudyQueue Topic = "studies"
)

// RunTopic is touched at every change of that run.
func RunTopic(id petri.RunID) Topic { return Topic("run/" + strconv.FormatInt(int64(id), 10)) }

// BuildTopic is touched at every change of that build.
func BuildTopic(id petri.BuildID) Topic { return Topic("build/" + strconv.FormatInt(int64(id), 10)) }

// StudyTopic is touched at every change of that study.
func StudyTopic(id petri.StudyID) Topic { return Topic("study/" + strconv.FormatInt(int64(id), 10)) }

// tick is how late a watcher learns what another process committed.
const tick = time.Second

// Watch gives a channel that receives after each commit that touched one of the topics, and
// once a second besides, since other processes may have changed something. Wakeups that nobody
// took yet coalesce. Watch first and read then, so that no change is missed. stop ends it, may be
// called more than once, and does not close the channel.
func (db *DB) Watch(topics ...Topic) (wake <-chan struct{}, stop func()) {
	w := &watcher{wake: make(chan struct{}, 1), topics: topics}
	db.hub.add(w)
	return w.wake, func() { db.hub.remove(w) }
}

type watcher struct {
	wake   chan struct{}
	topics []Topic
}

func (w *watcher) ring() {
	select {
	case w.wake <- struct{}{}:
	default: // one is waiting already, and whoever takes it reads after this commit
	}
}

// hub knows who waits for what in this process.
type hub struct {
	mu      sync.Mutex
	byTopic map[Topic]map[*watcher]struct{}
	stop    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once
}

func newHub() *hub {
	h := &hub{byTopic: map[Topic]map[*watcher]struct{}{}, stop: make(chan struct{})}
	h.stopped.Go(h.ticks)
	return h
}

func (h *hub) close() {
	h.once.Do(func() { close(h.stop) })
	h.stopped.Wait()
}

func (h *hub) ticks() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-ticker.C:
			h.wakeAll()
		}
	}
}

func (h *hub) add(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range w.topics {
		if h.byTopic[t] == nil {
			h.byTopic[t] = map[*watcher]struct{}{}
		}
		h.byTopic[t][w] = struct{}{}
	}
}

func (h *hub) remove(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range w.topics {
		delete(h.byTopic[t], w)
		if len(h.byTopic[t]) == 0 {
			delete(h.byTopic, t)
		}
	}
}

func (h *hub) wake(topics []Topic) {
	if len(topics) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range topics {
		for w := range h.byTopic[t] {
			w.ring()
		}
	}
}

func (h *hub) wakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, watchers := range h.byTopic {
		for w := range watchers {
			w.ring()
		}
	}
}
