package workdir

import (
	"context"
	"sync"
)

// crew does tasks that may add further tasks, newest first, with a fixed number of workers.
// After the first error no further task begins.
type crew struct {
	ctx     context.Context
	mu      sync.Mutex
	wake    sync.Cond
	tasks   []func() error
	pending int
	err     error
}

func newCrew(ctx context.Context) *crew {
	c := &crew{ctx: ctx}
	c.wake.L = &c.mu
	return c
}

// add puts up a task; any goroutine may call it while the crew works or before.
func (c *crew) add(tasks ...func() error) {
	c.mu.Lock()
	c.tasks = append(c.tasks, tasks...)
	c.pending += len(tasks)
	c.mu.Unlock()
	if len(tasks) == 1 {
		c.wake.Signal()
	} else {
		c.wake.Broadcast()
	}
}

// work does all tasks with so many workers and returns the first error.
func (c *crew) work(workers int) error {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(c.worker)
	}
	wg.Wait()
	if c.err == nil {
		c.err = context.Cause(c.ctx)
	}
	return c.err
}

func (c *crew) worker() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.tasks) == 0 && c.pending > 0 && c.err == nil {
			c.wake.Wait()
		}
		if c.pending == 0 || c.err != nil {
			c.wake.Broadcast()
			return
		}
		task := c.tasks[len(c.tasks)-1]
		c.tasks = c.tasks[:len(c.tasks)-1]
		c.mu.Unlock()
		err := c.ctx.Err()
		if err == nil {
			err = task()
		}
		c.mu.Lock()
		c.pending--
		if err != nil && c.err == nil {
			c.err = err
		}
	}
}
