package cli

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// meter shows how far long work on files is: a line that moves on a terminal, and elsewhere
// a line now and then.
type meter struct {
	app  *app
	verb string
	done chan struct{}
	wg   sync.WaitGroup

	files, read, sent atomic.Int64
}

// meter begins to show; end must be called.
func (a *app) meter(verb string) *meter {
	m := &meter{app: a, verb: verb, done: make(chan struct{})}
	m.wg.Go(m.show)
	return m
}

func (m *meter) show() {
	moving := terminal(m.app.stderr) && !m.app.json
	every := 10 * time.Second
	if moving {
		every = 200 * time.Millisecond
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for shown := false; ; {
		select {
		case <-m.done:
			if shown && moving {
				_, _ = fmt.Fprint(m.app.stderr, "\r\x1b[K")
			}
			return
		case <-ticker.C:
			if m.app.json {
				continue
			}
			if moving {
				_, _ = fmt.Fprint(m.app.stderr, "\r\x1b[K"+m.line())
			} else {
				m.app.say("%s", m.line())
			}
			shown = true
		}
	}
}

func (m *meter) line() string {
	line := m.verb
	if n := m.files.Load(); n > 0 {
		line += fmt.Sprintf(" %d files", n)
	}
	if n := m.read.Load(); n > 0 {
		line += " read " + size(n)
	}
	if n := m.sent.Load(); n > 0 {
		line += " sent " + size(n)
	}
	return line
}

func (m *meter) end() {
	close(m.done)
	m.wg.Wait()
}
