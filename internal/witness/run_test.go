package witness_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/engine/enginetest/tiny"
	"github.com/petri-dev/petri/internal/witness"
)

func TestRun(t *testing.T) {
	s := newStage(t)
	for name, test := range map[string]func(*testing.T, *stage){
		"files": testFiles, "ends": testEnds, "cannot start": testCannotStart, "identity": testIdentity, "hostile": testHostile,
		"leftovers": testLeftovers, "orphans": testOrphans, "signals": testSignals, "early stop": testEarlyStop,
		"stop of a family": testStopFamily, "output": testOutput, "much output": testMuchOutput, "usage": testUsage,
		"environment": testEnvironment, "full disk": testFullDisk, "child out of memory": testChildOutOfMemory,
		"installs": testInstalls, "inspect": testInspect, "fork bomb": testForkBomb, "loads": testLoads, "metrics": testMetrics, "bad spec": testBadSpec, "root": testRoot, "unprivileged": testUnprivileged,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

func testFiles(t *testing.T, s *stage) {
	got := s.play(t, nil, tiny.Puppet("print hello")...)
	entries, err := os.ReadDir(got.folder)
	must(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := "facts log outcome.json packages.after packages.before packages.loaded spec.json started.json"; strings.Join(names, " ") != want {
		t.Errorf("left %v, want %s", names, want)
	}
	started, err := witness.ReadStarted(got.folder)
	must(t, err)
	h := started.Host
	if h.Kernel == "" || h.Architecture == "" || h.CPUs < 1 || h.MemoryBytes < 1<<20 || h.Locale != "C" || h.TimeZone != "UTC" || h.GPUs == nil {
		t.Errorf("host: %+v", h)
	}
	if started.At.After(got.StartedAt) || got.FinishedAt.Before(got.StartedAt) || got.Wall <= 0 || got.CPU <= 0 || got.PeakMemoryBytes <= 0 {
		t.Errorf("times and usage: started %v, outcome %+v", started.At, got.Outcome)
	}
	list, err := witness.ReadPackages(got.folder, witness.PackagesBeforeFile)
	must(t, err)
	if len(list) != 1 || list[0] != (petri.Package{Ecosystem: "deb", Name: "tiny", Version: "1.2-3"}) {
		t.Errorf("packages: %+v", list)
	}
}

func testEnds(t *testing.T, s *stage) {
	for _, test := range []struct {
		step   string
		code   int
		signal string
	}{{"exit 0", 0, ""}, {"exit 7", 7, ""}, {"exit 255", 255, ""}, {"die 1", 129, "SIGHUP"}, {"die 9", 137, "SIGKILL"}, {"die 15", 143, "SIGTERM"}} {
		got := s.play(t, nil, tiny.Puppet(test.step)...)
		if got.ExitCode != test.code || got.Signal != test.signal || got.Stopped || got.TimedOut || got.OOMKilled || got.DiskFull {
			t.Errorf("%s: %+v", test.step, got.Outcome)
		}
	}
}

func testCannotStart(t *testing.T, s *stage) {
	for command, want := range map[string]string{
		"Rscript main.R":       "127 Rscript: not found in the image",
		"/bin/none":            "127 /bin/none: no such file in the project or the image",
		"./none.sh":            "127 ./none.sh: no such file in the project or the image",
		"/bin/data":            "126 /bin/data: not executable",
		"data":                 "126 /bin/data: not executable",
		"/bin":                 "126 /bin: is a folder, not a program",
		"script":               "126 script: its interpreter /bin/none, which its first line names, is not in the image",
		"text":                 "126 text: not a program for this machine",
		"puppet/below":         "127 puppet/below: no such file",
		"/bin/puppet/too/deep": "127 /bin/puppet/too/deep: no such file",
	} {
		got := s.play(t, nil, strings.Fields(command)...)
		if say := fmt.Sprint(got.ExitCode, " ", got.StartError); !strings.HasPrefix(say, want) || got.out+got.err != "" {
			t.Errorf("%s: %s", command, say)
		}
	}
	got := s.play(t, func(r *request) { r.spec.Dir = "/work/nowhere" }, tiny.Puppet("exit 0")...)
	if got.ExitCode != 126 || !strings.Contains(got.StartError, "/work/nowhere is not there") {
		t.Errorf("%+v", got.Outcome)
	}
}

func testIdentity(t *testing.T, s *stage) {
	got := s.play(t, nil, tiny.Puppet("who", "status Cap", "status NoNew", "status Seccomp:", "cat /proc/self/oom_score_adj")...)
	want := "1000 1000 [] / petri\nCapInh: 0000000000000000\nCapPrm: 0000000000000000\nCapEff: 0000000000000000\n" +
		"CapBnd: 00000000000000e0\nCapAmb: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\n500\n"
	if got.out != want {
		t.Errorf("output %q", got.out)
	}
	got = s.play(t, func(r *request) { r.spec.UID, r.spec.GID = 1234, 5678 }, tiny.Puppet("who")...)
	if got.out != "1234 5678 [] /home/ana ana\n" {
		t.Errorf("output %q", got.out)
	}
}

func testHostile(t *testing.T, s *stage) {
	got := s.play(t, nil, tiny.Puppet("try")...)
	if strings.Contains(got.out, "false") || strings.Count(got.out, "true") != 8 || got.ExitCode != 0 {
		t.Errorf("output %s errors %s", got.out, got.err)
	}
}

func testLeftovers(t *testing.T, s *stage) {
	got := s.play(t, nil, tiny.Puppet("daemon trap;print from the daemon;sleep 1m", "sleep 100ms", "exit 3")...)
	if got.ExitCode != 3 || got.Wall > 5*time.Second || got.out != "from the daemon\n" {
		t.Errorf("outcome %+v output %q", got.Outcome, got.out)
	}
}

func testOrphans(t *testing.T, s *stage) {
	got := s.play(t, nil, tiny.Puppet("orphans 50", "sleep 500ms", "count")...)
	// The witness and the puppet; what had ended was reaped, though its parent never asked.
	if got.ExitCode != 0 || got.out != "2\n" && got.out != "52\n" {
		t.Errorf("outcome %+v output %q", got.Outcome, got.out)
	}
	got = s.play(t, nil, tiny.Puppet("daemon orphans 50", "sleep 700ms", "count")...)
	if got.out != "3\n" { // the daemon is the puppet's own child and stays a zombie
		t.Errorf("%q processes after orphans ended", got.out)
	}
}

func testSignals(t *testing.T, s *stage) {
	for name, word := range map[string]string{"HUP": "hangup", "INT": "interrupt", "QUIT": "quit", "USR1": "user defined signal 1", "USR2": "user defined signal 2"} {
		got := s.play(t, func(r *request) {
			r.during = func(send func(string)) { time.Sleep(200 * time.Millisecond); send("SIG" + name) }
		}, tiny.Puppet("on "+name)...)
		if got.out != "ready\ngot "+word+"\n" || got.ExitCode != 0 || got.Stopped {
			t.Errorf("%s: output %q %+v", name, got.out, got.Outcome)
		}
	}
	got := s.play(t, func(r *request) {
		r.during = func(send func(string)) { time.Sleep(200 * time.Millisecond); send("SIGTERM"); send("SIGTERM") }
	}, tiny.Puppet("on TERM")...)
	if !got.Stopped || got.ExitCode != 0 || got.Outcome.Status() != petri.RunStopped {
		t.Errorf("a stop that the command took in good order: %+v", got.Outcome)
	}
}

// testEarlyStop asks to stop at all moments around the start: whatever is met, the run ends
// and the outcome says why.
func testEarlyStop(t *testing.T, s *stage) {
	for i := range 6 {
		got := s.play(t, func(r *request) {
			r.spec.Timeout = 20 * time.Second
			r.during = func(send func(string)) { time.Sleep(time.Duration(i) * time.Millisecond); send("SIGTERM") }
		}, tiny.Puppet("sleep 10s")...)
		if !got.Stopped || got.TimedOut || got.ExitCode != 143 {
			t.Errorf("after %d ms: %+v", i, got.Outcome)
		}
	}
	// Before the witness has come to listen, a signal ends it, with code 2 and nothing begun, or
	// is lost: who asks to stop asks again.
	for i := range 6 {
		ended := make(chan bool)
		got := s.perform(t, func(r *request) {
			r.atOnce, r.spec.Timeout = true, 20*time.Second
			r.during = func(send func(string)) {
				go func() {
					for time.Sleep(time.Duration(i) * time.Millisecond); ; time.Sleep(2 * time.Millisecond) {
						select {
						case <-ended:
							return
						default:
							send("SIGTERM")
						}
					}
				}()
			}
			r.before = func() { close(ended) }
		}, tiny.Puppet("print never or begun", "sleep 10s")...)
		outcome, err := witness.ReadOutcome(got.folder)
		cut := got.exit.Code == 2 && !exists(t, filepath.Join(got.folder, witness.StartedFile))
		if (err != nil || !outcome.Stopped || outcome.ExitCode != 143) && !cut {
			t.Errorf("at once, after %d ms: %+v %v, exit %+v", i, outcome, err, got.exit)
		}
	}
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	return err == nil
}

// testStopFamily: the command gives way at once, and its child takes its time to save: it is
// given the grace.
func testStopFamily(t *testing.T, s *stage) {
	got := s.play(t, func(r *request) {
		r.spec.Grace = 5 * time.Second
		r.during = func(send func(string)) { time.Sleep(300 * time.Millisecond); send("SIGTERM") }
	}, tiny.Puppet("daemon on TERM", "sleep 1m")...)
	if !got.Stopped || got.ExitCode != 143 || got.out != "ready\ngot terminated\n" || got.Wall > 4*time.Second {
		t.Errorf("output %q %+v", got.out, got.Outcome)
	}
	got = s.play(t, func(r *request) {
		r.spec.Timeout = 100 * time.Millisecond
	}, tiny.Puppet("trap", "daemon trap;sleep 1m", "sleep 1m")...)
	if !got.TimedOut || got.ExitCode != 137 || got.Signal != "SIGKILL" || got.Wall > 3*time.Second {
		t.Errorf("%+v", got.Outcome)
	}
}

func testEnvironment(t *testing.T, s *stage) {
	got := s.play(t, func(r *request) {
		r.engine.Env = []string{"FROM_IMAGE=image", "BOTH=image", "LANG=de_DE.UTF-8"}
		r.spec.Env = []string{"BOTH=run", "TZ=Europe/Berlin", "HOME=/tmp", "USER=me"}
	}, tiny.Puppet("env FROM_IMAGE", "env BOTH", "env HOME", "env USER", "env LOGNAME", "env PWD", "env HOSTNAME", "env TMPDIR")...)
	if got.out != "image\nrun\n/tmp\nme\npetri\n/work\npetri\n\n" {
		t.Errorf("output %q", got.out)
	}
	started, err := witness.ReadStarted(got.folder)
	must(t, err)
	if started.Host.Locale != "de_DE.UTF-8" || started.Host.TimeZone != "Europe/Berlin" {
		t.Errorf("host %+v", started.Host)
	}
	home := t.TempDir()
	must(t, os.Chmod(filepath.Dir(home), 0o755))
	must(t, os.Chown(home, 1000, 1000))
	got = s.play(t, func(r *request) {
		r.engine.Mounts = append(r.engine.Mounts, engine.Mount{Target: witness.HomePath, Source: home})
	}, tiny.Puppet("env HOME", "write /home/petri/.rc x")...)
	if got.out != witness.HomePath+"\n" || got.ExitCode != 0 {
		t.Errorf("output %q errors %q", got.out, got.err)
	}
}

func testInstalls(t *testing.T, s *stage) {
	meta := "lib/python3.11/site-packages/demo-1.0.dist-info"
	got := s.play(t, func(r *request) {
		dir := filepath.Join(sourceAt(r, witness.WorkPath), ".venv", meta)
		must(t, os.MkdirAll(dir, 0o755))
		must(t, os.Chmod(dir, 0o777))
	}, tiny.Puppet("write .venv/"+meta+"/METADATA Name: demo", "append .venv/"+meta+"/METADATA Version: 1.0")...)
	before, err := witness.ReadPackages(got.folder, witness.PackagesBeforeFile)
	must(t, err)
	after, err := witness.ReadPackages(got.folder, witness.PackagesAfterFile)
	must(t, err)
	changes := petri.DiffPackages(before, after)
	if len(changes) != 1 || changes[0].Name != "demo" || changes[0].B != "1.0" || changes[0].Change != "added" {
		t.Errorf("changes %+v; errors %q", changes, got.err)
	}
}

func sourceAt(r *request, target string) string {
	for _, m := range r.engine.Mounts {
		if m.Target == target {
			return m.Source
		}
	}
	return ""
}

// testForkBomb fills the container with processes: the witness, which lives in it, still keeps
// the time, ends them all and reports.
func testForkBomb(t *testing.T, s *stage) {
	for _, pids := range []int64{32, 64, 128} {
		got := s.play(t, func(r *request) { r.spec.Timeout, r.engine.Pids = time.Second, pids }, tiny.Puppet("bomb")...)
		if !got.TimedOut || got.Wall > 10*time.Second {
			t.Errorf("with %d processes: %+v", pids, got.Outcome)
		}
	}
}
