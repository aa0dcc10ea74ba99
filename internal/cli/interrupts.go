package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// errLeft: Ctrl-C left what was followed to itself.
var errLeft = errors.New("left running")

// oneInterrupt is how close together two signals are one Ctrl-C: wrappers such as timeout send
// one to the process and another to its group.
const oneInterrupt = 250 * time.Millisecond

// interrupts turns the first Ctrl-C into a wish that the thing called ref stop, and the second
// into leaving it to itself. stop ends that.
func (a *app) interrupts(ctx context.Context, ref string, leave context.CancelCauseFunc, wish func(context.Context) error) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		var asked time.Time
		for {
			select {
			case <-done:
				return
			case <-signals:
			}
			if time.Since(asked) < oneInterrupt {
				continue
			}
			if !asked.IsZero() {
				leave(errLeft)
				return
			}
			asked = time.Now()
			a.say("\nAsking %s to stop; Ctrl-C again leaves it to itself", ref)
			go func() {
				if err := wish(ctx); err != nil && ctx.Err() == nil {
					a.say("%s could not be asked to stop: %s", ref, message(err))
				}
			}()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
