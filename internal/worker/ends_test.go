package worker_test

import (
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/fake"
)

// TestEndsOfRuns lets a run end in every way that a command, or what carries it, can.
func TestEndsOfRuns(t *testing.T) {
	script := func(steps ...string) petri.RunSpec { return petri.RunSpec{Command: append([]string{"fake"}, steps...)} }
	with := func(spec petri.RunSpec, change func(*petri.RunSpec)) petri.RunSpec { change(&spec); return spec }
	limit := func(s *petri.RunSpec) { s.Timeout = 100 * time.Millisecond }
	tests := []struct {
		name    string
		spec    petri.RunSpec
		status  petri.RunStatus
		says    string
		outcome petri.Outcome // but for what was measured
		output  string
		results string
	}{
		{
			"success", script("print hello", "write out/a.txt new", "append in.txt more", "remove data/old.csv", "warn done"),
			petri.RunSucceeded, "succeeded", petri.Outcome{}, "hello\ndone\n", "-data/old.csv ~in.txt +out/a.txt",
		},
		{"nothing", script(), petri.RunSucceeded, "succeeded", petri.Outcome{}, "", ""},
		{"exit code", script("write kept x", "exit 3"), petri.RunFailed, "exit code 3", petri.Outcome{ExitCode: 3}, "", "+kept"},
		{
			"signal", script("write kept x", "signal SIGSEGV"),
			petri.RunFailed, "ended by SIGSEGV", petri.Outcome{ExitCode: 139, Signal: "SIGSEGV"}, "", "+kept",
		},
		{
			"out of memory", with(script("print big", "oom"), func(s *petri.RunSpec) { s.MemoryBytes = 64 << 20 }),
			petri.RunFailed, "out of memory (limit 64 MiB)", petri.Outcome{ExitCode: 137, Signal: "SIGKILL", OOMKilled: true}, "big\n", "",
		},
		{
			"time limit", with(script("write kept x", "sleep 1m"), limit),
			petri.RunFailed, "time limit of", petri.Outcome{ExitCode: 143, Signal: "SIGTERM", TimedOut: true}, "", "+kept",
		},
		{
			"time limit and TERM ignored", with(script("trap", "sleep 1m"), limit),
			petri.RunFailed, "time limit of", petri.Outcome{ExitCode: 137, Signal: "SIGKILL", TimedOut: true}, "", "",
		},
		{
			"no such command", petri.RunSpec{Command: []string{"nonsense"}},
			petri.RunFailed, "nonsense: not found in the image", petri.Outcome{ExitCode: 127, StartError: "nonsense: not found in the image"}, "", "",
		},
		{
			"full disk as the witness saw it", script("disk-full"),
			petri.RunFailed, "disk was about to be full", petri.Outcome{ExitCode: 143, Signal: "SIGTERM", DiskFull: true}, "", "",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t).withEnvironment("")
			run := l.ended(l.submitSpec(test.spec), test.status)
			l.says(run, test.says)
			got := run.Outcome
			if got.Wall <= 0 || got.PeakMemoryBytes == 0 {
				t.Errorf("not measured: %+v", got)
			}
			got.Wall, got.CPU, got.PeakMemoryBytes = 0, 0, 0
			if got != test.outcome {
				t.Errorf("outcome %+v, want %+v", got, test.outcome)
			}
			if out := l.output(run); out != test.output {
				t.Errorf("output %q", out)
			}
			if changed := l.results(run); changed != test.results {
				t.Errorf("results %q", changed)
			}
			if run.StartedAt.IsZero() || run.FinishedAt.Before(run.StartedAt) || run.SealedAt.Before(run.FinishedAt) || run.EnvironmentChanged() {
				t.Errorf("times or packages: %+v", run)
			}
			if n := l.engine.starts(run.ID); n != 1 {
				t.Errorf("started %d times", n)
			}
			l.clean()
		})
	}
}

// TestPetrisOwnFailures are the ends that are no doing of the user's: no record, and words
// that say what happened and what to do.
func TestPetrisOwnFailures(t *testing.T) {
	tests := []struct {
		name    string
		spec    petri.RunSpec
		prepare func(*lab)
		says    string
		starts  int
	}{
		{"container vanishes", petri.RunSpec{Command: []string{"fake", "print a", "sleep 50ms", "vanish"}}, nil, "vanished under the run", 1},
		{"container dies", petri.RunSpec{Command: []string{"fake", "sleep 50ms", "die"}}, nil, "start it again with: petri rerun", 1},
		{"start refused", petri.RunSpec{Command: []string{"fake", "fail-start no such mount"}}, nil, "refused no such mount", 0},
		{"no GPU", petri.RunSpec{Command: []string{"true"}, GPUs: 1}, nil, "GPUs were asked for", 0},
		{
			"image removed", petri.RunSpec{Command: []string{"true"}},
			func(l *lab) { l.must(l.engine.SetImage(l.revision("e").Image.Digest, fake.Image{Missing: true})) },
			"no image", 0,
		},
		{
			"engine at a loss", petri.RunSpec{Command: []string{"true"}},
			func(l *lab) {
				l.engine.alwaysBefore("Create", petri.Errorf(petri.Internal, "Docker answered: what?"))
			},
			"Docker answered: what?", 0,
		},
		{
			"a fault without words", petri.RunSpec{Command: []string{"true"}},
			func(l *lab) { l.engine.alwaysBefore("Create", strange{}) },
			"the server's log says what", 0,
		},
		{
			"engine shut down", petri.RunSpec{Command: []string{"fake", "sleep 1m"}},
			func(l *lab) {
				l.engine.onceAfter("Start", func() error {
					found, err := l.engine.Engine.List(l.Context(), map[string]string{"petri.server": serverID})
					if err != nil {
						return err
					}
					return l.engine.Engine.Signal(l.Context(), found[0].ID, "SIGTERM") // as a daemon does that ends
				})
			},
			"Docker was shut down", 1,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t).withEnvironment("")
			if test.prepare != nil {
				test.prepare(l)
			}
			run := l.ended(l.submitSpec(test.spec), petri.RunError)
			l.says(run, test.says)
			if n := l.engine.starts(run.ID); n != test.starts {
				t.Errorf("started %d times, not %d", n, test.starts)
			}
			if run.FinishedAt.IsZero() {
				t.Error("no end")
			}
			l.clean()
		})
	}
}

// strange is an error that nobody gave a kind.
type strange struct{}

func (strange) Error() string { return "strange" }

// TestKilledForWantOfMemory: not even the witness could say how the command ended, but the
// engine can.
func TestKilledForWantOfMemory(t *testing.T) {
	l := newLab(t).withEnvironment("")
	l.engine.exit = func(e engine.Exit) engine.Exit { e.OOMKilled = true; return e }
	run := l.ended(l.submit("print before", "write kept x", "die"), petri.RunFailed)
	l.says(run, "out of memory")
	if o := run.Outcome; !o.OOMKilled || o.ExitCode != 137 || o.Signal != "SIGKILL" {
		t.Errorf("outcome %+v", o)
	}
	if l.output(run) != "before\n" || l.results(run) != "+kept" {
		t.Errorf("output %q, results %q", l.output(run), l.results(run))
	}
	l.clean()
}

// TestDiskReserve ends runs before the disk is full, also those that ignore TERM.
func TestDiskReserve(t *testing.T) {
	for name, steps := range map[string][]string{"gives way": {"fill kept 2000000", "sleep 1m"}, "does not": {"fill kept 2000000", "trap", "sleep 1m"}} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t).withEnvironment("")
			l.stop()
			l.config.DiskReserve = 1 << 62
			l.start()
			run := l.ended(l.submit(steps...), petri.RunFailed)
			l.says(run, "disk was about to be full")
			if !run.Outcome.DiskFull || run.Outcome.Stopped || l.results(run) != "+kept" {
				t.Errorf("outcome %+v, results %q", run.Outcome, l.results(run))
			}
			l.clean()
		})
	}
}

// TestPackagesThatARunInstalls shows in the record that the environment is no longer what it was.
func TestPackagesThatARunInstalls(t *testing.T) {
	l := newLab(t).withEnvironment("")
	run := l.ended(l.submit("install r survival 3.5-8"), petri.RunSucceeded)
	after, err := l.runs.Packages(t.Context(), l.alice, run.Ref, true)
	l.must(err)
	before, err := l.runs.Packages(t.Context(), l.alice, run.Ref, false)
	l.must(err)
	if !run.EnvironmentChanged() || len(after) != len(before)+1 {
		t.Errorf("%d packages before, %d after", len(before), len(after))
	}
}
