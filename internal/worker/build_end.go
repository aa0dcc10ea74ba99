package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/store"
)

// cancelOnRequest cancels work as soon as a person asks for it. The returned function ends
// the watch.
func (c *construction) cancelOnRequest(ctx context.Context, cancel context.CancelCauseFunc) (stop func()) {
	wake, unwatch := c.DB.Watch(store.BuildTopic(c.build.ID))
	c.goDo(func() {
		for {
			select {
			case <-wake:
				if c.cancelRequested(ctx) {
					cancel(errCanceled)
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return unwatch
}

func (c *construction) cancelRequested(ctx context.Context) bool {
	requested := false
	err := c.DB.View(ctx, func(tx *store.Tx) error {
		build, err := tx.Builds().ByID(c.build.ID)
		requested = build.CancelRequested
		return err
	})
	return err == nil && requested
}

// end writes how a build that did not come to an image ended: cancelled by a person, put
// back into the queue because the server or Docker went away, or failed, with what a person
// needs to know.
func (c *construction) end(ctx context.Context, err, cause error) error {
	if errors.Is(cause, errCanceled) {
		c.tellEnd("canceled", "the build was cancelled")
		log, sealErr := c.sealLog(ctx)
		return c.ended(sealErr, c.Envs.SealCanceled(ctx, c.build.ID, log))
	}
	if errors.Is(cause, errShutdown) || petri.KindOf(err) == petri.Unavailable {
		c.log.Warn("the build goes back into the queue", "error", err)
		return c.Envs.Requeue(ctx, c.build.ID)
	}
	var step *builder.StepError
	message := tell(err)
	if errors.As(err, &step) {
		message = describe(step)
	} else if !c.told {
		c.log.Error("build failed", "error", err)
	}
	c.tellEnd("failed", message)
	log, sealErr := c.sealLog(ctx)
	return c.ended(sealErr, c.Envs.SealFailed(ctx, c.build.ID, message, log))
}

// ended removes the folder of a build whose end and log are kept.
func (c *construction) ended(errs ...error) error {
	err := errors.Join(errs...)
	if err == nil {
		c.clear()
	}
	return err
}

// describe tells which instruction failed, where it stands, and what it last printed.
func describe(step *builder.StepError) string {
	var b strings.Builder
	switch {
	case step.Line > 0 && step.ExitCode != 0:
		fmt.Fprintf(&b, "line %d failed with exit code %d: %s", step.Line, step.ExitCode, step.Instruction)
	case step.Line > 0:
		fmt.Fprintf(&b, "line %d failed: %s: %s", step.Line, step.Instruction, step.Message)
	default:
		fmt.Fprintf(&b, "%s: %s", step.Instruction, step.Message)
	}
	if output := strings.TrimRight(step.Output, "\n"); output != "" {
		b.WriteString("\nit printed:\n" + output)
	}
	return b.String()
}
