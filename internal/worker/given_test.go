package worker_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/witness"
	"github.com/petri-dev/petri/internal/worker"
)

// TestStaging shows a run its files, and reads back its changes, by either way of staging.
func TestStaging(t *testing.T) {
	for _, overlay := range []bool{true, false} {
		name := map[bool]string{true: "overlay", false: "copy"}[overlay]
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			if overlay && !l.config.Root {
				t.Skip("overlays need root")
			}
			l.engine.info = func(i engine.Info) engine.Info { i.Overlay = overlay; return i }
			l.withEnvironment("")
			run := l.ended(l.submit("cat in.txt", "append in.txt more", "write new/a x", "remove data/old.csv", "link to in.txt"), petri.RunSucceeded)
			if l.results(run) != "-data/old.csv ~in.txt +new/a +to" || l.output(run) != "in\n" {
				t.Errorf("results %q, output %q", l.results(run), l.output(run))
			}
			if got := l.result(run, "in.txt"); got != "in\nmore\n" {
				t.Errorf("in.txt is %q", got)
			}
			mount := l.mount(witness.WorkPath)
			if (mount.Overlay != nil) != overlay || (mount.Source == "") != overlay {
				t.Errorf("mounted %+v", mount)
			}
			l.clean()
		})
	}
}

// mount is what the last run's container has at target.
func (l *lab) mount(target string) engine.Mount {
	l.Helper()
	specs := l.engine.specs()
	for _, m := range specs[len(specs)-1].Mounts {
		if m.Target == target {
			return m
		}
	}
	return engine.Mount{}
}

// TestWhatARunIsGiven looks at the container and at what the witness is asked, for each kind
// of user that an environment can name.
func TestWhatARunIsGiven(t *testing.T) {
	everybody := []string{"CAP_SETUID", "CAP_SETGID", "CAP_KILL"}
	tests := []struct {
		name, instructions string
		uid                int
		home               string
		capabilities       []string
	}{
		{"no user", "RUN echo 1", 1000, witness.HomePath, everybody},
		{"a user", "USER 1234", 1234, "/home/1234", everybody},
		{"root", "USER root", 0, "/home/root", append(slices.Clone(everybody), "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t, func(c *worker.Config) {
				c.CABundle, c.Proxies = "/etc/site.pem", map[string]string{"HTTPS_PROXY": "http://proxy:1"}
			})
			if !l.config.Root {
				t.Skip("only root can give a run another user")
			}
			l.withEnvironment(test.instructions)
			run := l.submitSpec(petri.RunSpec{
				Command: []string{"fake", "sleep 1m"}, CPUs: 2.5, MemoryBytes: 1 << 30, Network: petri.NetworkNone,
				Variables: map[string]string{"OMP_NUM_THREADS": "7", "MINE": "yes"},
			})
			l.until(run, petri.RunRunning)
			asked, err := witness.ReadSpec(filepath.Join(logs.RunFolder(l.data, run.ID), "io"))
			l.must(err)
			if asked.UID != test.uid || asked.Dir != witness.WorkPath || asked.Grace != l.config.Grace {
				t.Errorf("asked %+v", asked)
			}
			for _, variable := range []string{
				"PETRI_RUN=alice/p#1", "PETRI_ENVIRONMENT=alice/e@1", "PETRI_COMMIT=" + string(run.Commit), "MINE=yes", "OMP_NUM_THREADS=7",
				"MKL_NUM_THREADS=2", "HTTPS_PROXY=http://proxy:1", "SSL_CERT_FILE=/.petri/ca-bundle.pem",
			} {
				if !slices.Contains(asked.Env, variable) {
					t.Errorf("no %s in %q", variable, asked.Env)
				}
			}
			spec := l.engine.specs()[0]
			if !slices.Equal(spec.Capabilities, test.capabilities) || spec.User != "0:0" || spec.Network != petri.NetworkNone || spec.CPUs != 2.5 || spec.Pids == 0 {
				t.Errorf("created %+v", spec)
			}
			if spec.Image != run.Image || !strings.HasSuffix(spec.ImageName, "/alice/e:1") || !strings.HasPrefix(spec.Name, "petri-01234567-run-") {
				t.Errorf("image %s %s, name %s", spec.Image, spec.ImageName, spec.Name)
			}
			if got := l.mount(witness.HomePath).Source != ""; got != (test.home == witness.HomePath) {
				t.Errorf("a home of its own: %v", got)
			}
			if m := l.mount(witness.BinaryPath); !m.ReadOnly || m.Source != l.config.Witness {
				t.Errorf("the witness: %+v", m)
			}
			info, err := os.Stat(l.mount(witness.FolderPath).Source)
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the witness's folder: %v, %v", info.Mode(), err)
			}
			l.stopRun(run)
			l.ended(run, petri.RunStopped)
		})
	}
}

// TestEngineIsAskedAgain: what an engine says of itself is believed for a while, and renewed
// behind the back of the run that finds it old.
func TestEngineIsAskedAgain(t *testing.T) {
	l := newLab(t)
	if !l.config.Root {
		t.Skip("overlays need root")
	}
	l.withEnvironment("")
	staged := func() bool {
		l.ended(l.submit(), petri.RunSucceeded)
		return l.mount(witness.WorkPath).Overlay != nil
	}
	if !staged() {
		t.Fatal("not by overlay")
	}
	l.engine.mu.Lock()
	l.engine.info = func(i engine.Info) engine.Info { i.Overlay = false; return i }
	l.engine.mu.Unlock()
	if !staged() {
		t.Error("asked again at once")
	}
	l.skew.Store(int64(2 * time.Minute))
	l.eventually(func() error {
		if staged() {
			return errors.New("it is not asked again")
		}
		return nil
	})
}
