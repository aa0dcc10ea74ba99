package worker_test

import (
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/logs"
)

// create makes an environment of alice's on debian:12, whose first revision waits to be built.
func (l *lab) create(name, instructions string, change ...func(*envs.Change)) petri.Revision {
	l.Helper()
	ch := envs.Change{Base: &petri.Base{Kind: petri.BaseImage, Ref: "debian:12"}, Instructions: &instructions}
	for _, c := range change {
		c(&ch)
	}
	_, revision, err := l.envs.Create(l.Context(), l.alice, envs.Creation{Name: name, Change: ch})
	l.must(err)
	return revision
}

func environment(name string) petri.EnvironmentRef {
	return petri.EnvironmentRef{Owner: "alice", Name: name}
}

func (l *lab) revision(name string) petri.Revision {
	l.Helper()
	_, revision, err := l.envs.Revision(l.Context(), l.alice, environment(name).At(1))
	l.must(err)
	return revision
}

// built waits until the environment's first revision is in that state.
func (l *lab) built(name string, want petri.BuildStatus) petri.Revision {
	l.Helper()
	var revision petri.Revision
	l.eventually(func() error {
		if revision = l.revision(name); revision.Status != want {
			return fmt.Errorf("%s is %s, not %s: %s", revision.Ref, revision.Status, want, revision.Error)
		}
		return nil
	})
	return revision
}

func (l *lab) cancel(name string) {
	l.Helper()
	_, err := l.envs.Cancel(l.Context(), l.alice, environment(name))
	l.must(err)
}

// events are a finished build's.
func (l *lab) events(name string) []petri.BuildEvent {
	l.Helper()
	build, err := l.envs.BuildLogRef(l.Context(), l.alice, environment(name).At(1))
	l.must(err)
	var all []petri.BuildEvent
	l.must(logs.Events(strings.NewReader(l.read(build.Log)), func(e petri.BuildEvent) error {
		all = append(all, e)
		return nil
	}))
	return all
}
