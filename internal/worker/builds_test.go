package worker_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/fake"
	"github.com/petri-dev/petri/internal/envs"
)

func TestBuildReady(t *testing.T) {
	l := newLab(t)
	l.start()
	root, _, _ := l.tree(map[string]string{"setup.R": "1\n"})
	l.create("e", "RUN echo hello\nCOPY setup.R /\nUSER 1234", func(ch *envs.Change) { ch.Files = &root })
	revision := l.built("e", petri.BuildReady)
	image := revision.Image
	if image.Digest == "" || image.Bytes == 0 || image.PackageCount != 3 || !image.User.Declared || image.User.UID != 1234 {
		t.Errorf("image %+v", image)
	}
	list, err := petri.DecodePackageList([]byte(l.read(image.Packages)))
	if err != nil || len(list) != 3 {
		t.Errorf("packages %v, %v", list, err)
	}
	facts, err := petri.DecodeFacts([]byte(l.read(image.Facts)))
	if err != nil || len(facts) != 2 {
		t.Errorf("facts %v, %v", facts, err)
	}
	env, err := l.envs.Get(t.Context(), l.alice, environment("e"))
	if err != nil || env.Active != 1 {
		t.Errorf("active %d, %v", env.Active, err)
	}
	output, steps := "", 0
	for _, event := range l.events("e") {
		output += event.Output
		if event.Step < steps {
			t.Errorf("step %d after %d", event.Step, steps)
		}
		steps = event.Step
	}
	if output != "hello\n" || steps < 3 {
		t.Errorf("output %q in %d steps", output, steps)
	}
	l.clean()
}

// TestBuildFails tells people what failed, where and why.
func TestBuildFails(t *testing.T) {
	tests := []struct {
		name, instructions string
		prepare            func(*lab)
		change             func(*lab, *envs.Change)
		says               []string
	}{
		{
			"a step", "RUN echo before\n\nRUN fail 7", nil, nil,
			[]string{"line 3 failed with exit code 7: RUN fail 7", "it printed:\nfailing with 7"},
		},
		{
			"no such base", "", nil,
			func(_ *lab, ch *envs.Change) { ch.Base.Ref = "nowhere/nothing:9" },
			[]string{"there is no image nowhere/nothing:9"},
		},
		{
			"a file that is no image", "", nil,
			func(l *lab, ch *envs.Change) {
				ch.Base = &petri.Base{Kind: petri.BaseFile, Ref: "base.tar", File: l.put("not a tar")}
			},
			[]string{"base.tar"},
		},
		{
			"the inspection", "",
			func(l *lab) {
				l.engine.exit = func(engine.Exit) engine.Exit { return engine.Exit{Code: 125} }
			}, nil,
			[]string{"its packages could not be listed"},
		},
		{
			"the inspection's container", "",
			func(l *lab) {
				l.engine.onceBefore("Create", func() error { return petri.Errorf(petri.NotFound, "Docker has no such image") })
			}, nil,
			[]string{"Docker has no such image"},
		},
		{
			"the inspection's start", "",
			func(l *lab) {
				l.engine.onceBefore("Start", func() error { return petri.Errorf(petri.Invalid, "the mount was refused") })
			}, nil,
			[]string{"the mount was refused"},
		},
		{
			"a fault without words", "",
			func(l *lab) { l.engine.onceBefore("Start", func() error { return errors.New("strange") }) }, nil,
			[]string{"the server's log says what"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			if test.prepare != nil {
				test.prepare(l)
			}
			l.start()
			l.create("e", test.instructions, func(ch *envs.Change) {
				if test.change != nil {
					test.change(l, ch)
				}
			})
			revision := l.built("e", petri.BuildFailed)
			for _, says := range test.says {
				if !strings.Contains(revision.Error, says) {
					t.Errorf("it says %q, not …%s…", revision.Error, says)
				}
			}
			events := l.events("e")
			if last := events[len(events)-1]; last.State != "failed" || last.Message != revision.Error {
				t.Errorf("the log ends with %+v", last)
			}
			env, err := l.envs.Get(t.Context(), l.alice, environment("e"))
			if err != nil || env.Active != 0 {
				t.Errorf("active %d, %v", env.Active, err)
			}
			l.clean()
		})
	}
}

// TestBuildWithoutAFolder: what cannot even begin fails, and takes nothing else with it.
func TestBuildWithoutAFolder(t *testing.T) {
	l := newLab(t)
	l.must(os.WriteFile(filepath.Join(l.data, "builds"), nil, 0o600))
	l.start()
	l.create("e", "")
	revision := l.built("e", petri.BuildFailed)
	if !strings.Contains(revision.Error, "the server's log says what") {
		t.Errorf("it says %q", revision.Error)
	}
	l.must(os.Remove(filepath.Join(l.data, "builds")))
	l.create("f", "")
	l.built("f", petri.BuildReady)
}

func TestCancelBuild(t *testing.T) {
	t.Run("queued", func(t *testing.T) {
		l := newLab(t)
		l.create("e", "RUN echo never")
		l.cancel("e")
		l.start()
		l.create("f", "")
		l.built("f", petri.BuildReady)
		l.built("e", petri.BuildCanceled)
		if n := l.builder.Builds(); n != 1 {
			t.Errorf("%d builds", n)
		}
	})
	t.Run("building", func(t *testing.T) {
		l := newLab(t)
		l.start()
		l.create("e", "RUN echo begun\nRUN sleep 1m")
		l.beingBuilt("e")
		began := time.Now()
		l.cancel("e")
		l.built("e", petri.BuildCanceled)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		events := l.events("e")
		if last := events[len(events)-1]; last.State != "canceled" {
			t.Errorf("the log ends with %+v", last)
		}
		l.clean()
	})
	t.Run("building, with no worker", func(t *testing.T) {
		l := newLab(t)
		l.create("e", "RUN echo never")
		_, err := l.envs.ClaimBuild(t.Context(), serverID) // by one that was killed then
		l.must(err)
		l.cancel("e")
		l.start()
		l.built("e", petri.BuildCanceled)
		if n := l.builder.Builds(); n != 0 {
			t.Errorf("%d builds", n)
		}
	})
	t.Run("being inspected", func(t *testing.T) {
		l := newLab(t)
		l.engine.onceBefore("Wait", func() error { l.cancel("e"); return nil })
		l.start()
		l.create("e", "")
		l.eventually(func() error {
			if status := l.revision("e").Status; status != petri.BuildCanceled && status != petri.BuildReady {
				return errors.New(string(status))
			}
			return nil
		})
		l.clean()
	})
}

// beingBuilt waits until the builder is at it.
func (l *lab) beingBuilt(name string) {
	l.Helper()
	l.built(name, petri.BuildBuilding)
	l.eventually(func() error {
		if l.builder.Builds() == 0 {
			return errors.New("nothing is built")
		}
		return nil
	})
}

func TestReuseOfAnEqualDefinition(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*lab)
		change  func(*envs.Change)
		builds  int
	}{
		{"equal", nil, nil, 1},
		{"other instructions", nil, func(ch *envs.Change) { text := "RUN echo 2"; ch.Instructions = &text }, 2},
		{"no cache", nil, func(ch *envs.Change) { ch.NoCache = true }, 2},
		{"its image was removed", func(l *lab) { l.builder.Remove(l.revision("e").Image.Digest) }, nil, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t).withEnvironment("RUN echo 1")
			if test.prepare != nil {
				test.prepare(l)
			}
			l.create("f", "RUN echo 1", func(ch *envs.Change) {
				if test.change != nil {
					test.change(ch)
				}
			})
			first, second := l.revision("e"), l.built("f", petri.BuildReady)
			if n := l.builder.Builds(); n != test.builds {
				t.Errorf("%d builds, not %d", n, test.builds)
			}
			reused := test.builds == 1
			if (second.ReusedFrom == "alice/e@1") != reused || reused && second.Image != first.Image {
				t.Errorf("reused from %q: %+v, %+v", second.ReusedFrom, first.Image, second.Image)
			}
			events := l.events("f")
			if last := events[len(events)-1]; reused && (last.State != "cached" || !strings.Contains(last.Message, "alice/e@1")) {
				t.Errorf("the log ends with %+v", last)
			}
			l.clean()
		})
	}
}

// TestBuildOnAnotherRevision starts from the very image that the other one has.
func TestBuildOnAnotherRevision(t *testing.T) {
	l := newLab(t).withEnvironment("RUN echo 1")
	l.create("f", "RUN echo 2", func(ch *envs.Change) { ch.Base = &petri.Base{Kind: petri.BaseRevision, Ref: "alice/e@1"} })
	if f := l.built("f", petri.BuildReady); f.Definition.Base.Digest != l.revision("e").Image.Digest {
		t.Errorf("built on %s", f.Definition.Base.Digest)
	}
}

// TestBuildWhileDockerIsAway keeps builds queued, and does them when it is back.
func TestBuildWhileDockerIsAway(t *testing.T) {
	t.Run("the builder", func(t *testing.T) {
		l := newLab(t)
		l.builder.SetAway(true)
		l.start()
		l.create("e", "")
		time.Sleep(300 * time.Millisecond)
		if status := l.revision("e").Status; status.Ended() {
			t.Errorf("it is %s", status)
		}
		l.builder.SetAway(false)
		l.built("e", petri.BuildReady)
		l.clean()
	})
	t.Run("the engine, at the inspection", func(t *testing.T) {
		l := newLab(t)
		l.must(l.engine.SetAway(true))
		l.start()
		l.create("e", "")
		l.beingBuilt("e")
		time.Sleep(100 * time.Millisecond)
		l.must(l.engine.SetAway(false))
		l.built("e", petri.BuildReady)
		l.clean()
	})
	t.Run("the inspection's container vanishes", func(t *testing.T) {
		l := newLab(t)
		l.engine.onceAfter("Wait", away)
		l.start()
		l.create("e", "")
		l.built("e", petri.BuildReady)
		l.clean()
	})
}

// TestShutdownRequeuesBuilds: a build does not outlive its worker, and the next one does it.
func TestShutdownRequeuesBuilds(t *testing.T) {
	for name, down := range map[string]func(*lab){
		"building": func(l *lab) {
			l.create("e", "RUN sleep 300ms")
			l.beingBuilt("e")
			l.stop()
		},
		"being inspected": func(l *lab) {
			hangs := l.engine.hangAfter("Start")
			l.create("e", "")
			<-hangs
			l.stop()
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.start()
			down(l)
			if status := l.revision("e").Status; status != petri.BuildQueued {
				t.Errorf("it is %s", status)
			}
			l.start()
			l.built("e", petri.BuildReady)
			l.clean()
		})
	}
}

// TestBuildOfADeadWorker: rows that a killed worker left as building are queued again.
func TestBuildOfADeadWorker(t *testing.T) {
	l := newLab(t)
	l.create("e", "RUN echo 1")
	build, err := l.envs.ClaimBuild(t.Context(), serverID)
	l.must(err)
	l.must(os.MkdirAll(filepath.Join(l.data, "builds", "1", "context"), 0o755)) // as it left them
	id, err := l.engine.Create(t.Context(), engine.Spec{
		Name: "petri-01234567-build-1", Labels: map[string]string{"petri.server": serverID, "petri.build": "1"},
	})
	l.must(err)
	l.start()
	l.built("e", petri.BuildReady)
	if build.ID != 1 || id == "" {
		t.Errorf("build %d, container %q", build.ID, id)
	}
	l.clean()
}

// TestBuildsAtOnce does as many as it was told and no more.
func TestBuildsAtOnce(t *testing.T) {
	l := newLab(t)
	l.start()
	for _, name := range []string{"a", "b", "c"} {
		l.create(name, "RUN echo "+name+"\nRUN sleep 1m")
	}
	l.built("a", petri.BuildBuilding)
	l.built("b", petri.BuildBuilding)
	time.Sleep(100 * time.Millisecond)
	if status := l.revision("c").Status; status != petri.BuildQueued {
		t.Errorf("the third is %s", status)
	}
	l.cancel("a")
	l.built("c", petri.BuildBuilding)
}

// TestRunInARemovedImage: what became of an image is told by the run that needs it.
func TestRunInARemovedImage(t *testing.T) {
	l := newLab(t).withEnvironment("RUN echo 1")
	l.must(l.engine.SetImage(l.revision("e").Image.Digest, fake.Image{Missing: true}))
	l.says(l.ended(l.submit(), petri.RunError), "no image")
}
