package worker_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/fake"
)

// trickyEngine is the fake engine with tricks before or after chosen calls. It counts how
// often each run's container was started, whoever did.
type trickyEngine struct {
	*fake.Engine

	mu      sync.Mutex
	before  map[string]trick
	after   map[string]trick
	exit    func(engine.Exit) engine.Exit // what Wait tells instead; nil for the truth
	info    func(engine.Info) engine.Info // likewise
	created []engine.Spec
	runs    map[string]petri.RunID // by container
	started map[petri.RunID]int
	dying   chan struct{} // closed when the worker that hangs in a call is put down
}

// trick replaces the error of a call.
type trick func() error

func newTrickyEngine(e *fake.Engine) *trickyEngine {
	return &trickyEngine{
		Engine: e, before: map[string]trick{}, after: map[string]trick{},
		runs: map[string]petri.RunID{}, started: map[petri.RunID]int{}, dying: make(chan struct{}),
	}
}

// onceBefore and onceAfter play a trick at the next such call, and only there.
func (e *trickyEngine) onceBefore(call string, t trick) { e.set(e.before, call, t) }
func (e *trickyEngine) onceAfter(call string, t trick)  { e.set(e.after, call, t) }

// alwaysBefore makes every such call fail.
func (e *trickyEngine) alwaysBefore(call string, err error) {
	e.onceBefore(call, func() error {
		e.alwaysBefore(call, err)
		return err
	})
}

func (e *trickyEngine) set(when map[string]trick, call string, t trick) {
	e.mu.Lock()
	defer e.mu.Unlock()
	when[call] = t
}

// hangBefore and hangAfter hold the next such call until the worker is put down, whom then
// no answer reaches. The channel is closed when it hangs.
func (e *trickyEngine) hangBefore(call string) <-chan struct{} { return e.hang(e.before, call) }
func (e *trickyEngine) hangAfter(call string) <-chan struct{}  { return e.hang(e.after, call) }

func (e *trickyEngine) hang(when map[string]trick, call string) <-chan struct{} {
	reached := make(chan struct{})
	e.mu.Lock()
	dying := e.dying
	e.mu.Unlock()
	e.set(when, call, func() error {
		close(reached)
		<-dying
		return petri.Wrap(petri.Canceled, context.Canceled, "the request was cancelled")
	})
	return reached
}

// release ends what hangs.
func (e *trickyEngine) release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.dying)
	e.dying = make(chan struct{})
}

func (e *trickyEngine) play(when map[string]trick, call string) error {
	e.mu.Lock()
	t := when[call]
	delete(when, call)
	e.mu.Unlock()
	if t == nil {
		return nil
	}
	return t()
}

func (e *trickyEngine) around(call string, do func() error) error {
	if err := e.play(e.before, call); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return e.play(e.after, call)
}

func (e *trickyEngine) Info(ctx context.Context) (engine.Info, error) {
	info, err := e.Engine.Info(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.info != nil && err == nil {
		info = e.info(info)
	}
	return info, err
}

func (e *trickyEngine) Create(ctx context.Context, spec engine.Spec) (id string, err error) {
	err = e.around("Create", func() error {
		if id, err = e.Engine.Create(ctx, spec); err != nil {
			return err
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.created = append(e.created, spec)
		if run, err := strconv.ParseInt(spec.Labels["petri.run"], 10, 64); err == nil {
			e.runs[id] = petri.RunID(run)
		}
		return nil
	})
	return id, err
}

func (e *trickyEngine) Start(ctx context.Context, id string) error {
	return e.around("Start", func() error {
		if err := e.Engine.Start(ctx, id); err != nil {
			return err
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if run, ok := e.runs[id]; ok {
			e.started[run]++
		}
		return nil
	})
}

func (e *trickyEngine) Signal(ctx context.Context, id, signal string) error {
	return e.around("Signal", func() error { return e.Engine.Signal(ctx, id, signal) })
}

func (e *trickyEngine) Wait(ctx context.Context, id string) (exit engine.Exit, err error) {
	err = e.around("Wait", func() error {
		exit, err = e.Engine.Wait(ctx, id)
		return err
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.exit != nil && err == nil {
		exit = e.exit(exit)
	}
	return exit, err
}

func (e *trickyEngine) Remove(ctx context.Context, id string) error {
	return e.around("Remove", func() error { return e.Engine.Remove(ctx, id) })
}

func (e *trickyEngine) List(ctx context.Context, labels map[string]string) (found []engine.Container, err error) {
	err = e.around("List", func() error {
		found, err = e.Engine.List(ctx, labels)
		return err
	})
	return found, err
}

func (e *trickyEngine) starts(run petri.RunID) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.started[run]
}

// specs are those of the containers that were created for runs.
func (e *trickyEngine) specs() []engine.Spec {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []engine.Spec
	for _, spec := range e.created {
		if spec.Labels["petri.run"] != "" {
			found = append(found, spec)
		}
	}
	return found
}

// end removes all containers, so that none plays on in folders that go.
func (e *trickyEngine) end(t *testing.T) {
	t.Helper()
	if err := e.SetAway(false); err != nil {
		t.Error(err)
	}
	found, err := e.Engine.List(context.Background(), nil)
	if err != nil {
		t.Error(err)
	}
	for _, c := range found {
		_ = e.Engine.Remove(context.Background(), c.ID)
	}
	if len(found) > 0 {
		time.Sleep(30 * time.Millisecond) // their players look
	}
}

func away() error { return petri.Errorf(petri.Unavailable, "the engine's answer was lost") }
