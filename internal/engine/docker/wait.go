package docker

import (
	"context"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
)

// Wait returns once the container has ended. It asks again where Docker's answer is cut, as
// long as Docker answers at all.
func (e *Engine) Wait(ctx context.Context, id string) (engine.Exit, error) {
	for {
		found, err := e.client.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
		if err != nil {
			return engine.Exit{}, e.explain("follow container "+short(id), err)
		}
		switch stateOf(found.Container.State) {
		case engine.Ended:
			return exitOf(found.Container.State), nil
		case engine.Created:
			// Docker takes a container that never ran for one that ended.
			err = sleep(ctx, 50*time.Millisecond)
		default:
			err = e.waitOnce(ctx, id, container.WaitConditionNotRunning)
		}
		if err != nil {
			return engine.Exit{}, e.explain("follow container "+short(id), err)
		}
	}
}

func (e *Engine) waitOnce(ctx context.Context, id string, until container.WaitCondition) error {
	waiting := e.client.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: until})
	select {
	case <-waiting.Result:
		return nil
	case err := <-waiting.Error:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitRemoved waits for a removal that another call has begun.
func (e *Engine) waitRemoved(ctx context.Context, id string) error {
	if err := e.waitOnce(ctx, id, container.WaitConditionRemoved); err != nil && !isGone(err) {
		return e.explain("remove container "+short(id), err)
	}
	return nil
}

// List gives every container that carries all of these labels.
func (e *Engine) List(ctx context.Context, labels map[string]string) ([]engine.Container, error) {
	filters := client.Filters{}
	for name, value := range labels {
		filters.Add("label", name+"="+value)
	}
	found, err := e.client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return nil, e.explain("list containers", err)
	}
	list := make([]engine.Container, 0, len(found.Items))
	for _, c := range found.Items {
		if c.State == container.StateRemoving {
			continue
		}
		name := ""
		if len(c.Names) > 0 {
			name = c.Names[0][1:]
		}
		list = append(list, engine.Container{ID: c.ID, Name: name, Labels: c.Labels, State: stateNamed(c.State)})
	}
	return list, nil
}

func exitOf(s *container.State) engine.Exit {
	exit := engine.Exit{Code: s.ExitCode, OOMKilled: s.OOMKilled}
	if t, err := time.Parse(time.RFC3339Nano, s.FinishedAt); err == nil && t.Year() > 1 {
		exit.Finished = t
	}
	return exit
}

func stateOf(s *container.State) engine.State {
	if s == nil {
		return engine.Ended
	}
	return stateNamed(s.Status)
}

func stateNamed(s container.ContainerState) engine.State {
	switch s {
	case container.StateCreated:
		return engine.Created
	case container.StateRunning, container.StatePaused, container.StateRestarting:
		return engine.Running
	default:
		return engine.Ended
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return petri.Wrap(petri.Canceled, ctx.Err(), "the request was cancelled")
	}
}
