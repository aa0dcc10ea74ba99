package witness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine/enginetest/tiny"
	"github.com/petri-dev/petri/internal/witness"
)

func testOutput(t *testing.T, s *stage) {
	got := s.play(t, nil, tiny.Puppet("lines 2000", "devices")...)
	var even, odd strings.Builder
	for i := range 2000 {
		if i%2 == 0 {
			even.WriteString(strconv.Itoa(i) + "\n")
		} else {
			odd.WriteString(strconv.Itoa(i) + "\n")
		}
	}
	if got.out != even.String()+"/dev/stdout\n" || got.err != odd.String()+"/dev/stderr\n" {
		t.Errorf("output of %d and %d bytes, outcome %+v", len(got.out), len(got.err), got.Outcome)
	}
	last := time.Time{}
	for _, f := range got.frames {
		if f.Time.Before(last) || f.Time.Before(got.StartedAt) {
			t.Fatalf("a frame of %v stands after one of %v", f.Time, last)
		}
		last = f.Time
	}
}

func testMuchOutput(t *testing.T, s *stage) {
	const size = 200 << 20
	begun := time.Now()
	got := s.play(t, nil, tiny.Puppet("spew "+strconv.Itoa(size), "warn end")...)
	if len(got.out) != size || got.err != "end\n" || got.ExitCode != 0 {
		t.Errorf("%d bytes of %d, outcome %+v", len(got.out), size, got.Outcome)
	}
	t.Logf("%d MB in %v (%.0f MB/s), all in %v", size>>20, got.Wall, float64(size)/1e6/got.Wall.Seconds(), time.Since(begun))
}

func testUsage(t *testing.T, s *stage) {
	got := s.play(t, nil, tiny.Puppet("burn 400ms", "alloc 100000000")...)
	if got.CPU < 350*time.Millisecond || got.CPU > 3*time.Second || got.Wall < 1400*time.Millisecond {
		t.Errorf("CPU %v, wall %v", got.CPU, got.Wall)
	}
	if got.PeakMemoryBytes < 100e6 || got.PeakMemoryBytes > 140e6 {
		t.Errorf("peak %d", got.PeakMemoryBytes)
	}
	// Files that were written are no memory that was needed.
	got = s.play(t, nil, tiny.Puppet("write big "+strings.Repeat("x", 100_000), "exit 0")...)
	if got.PeakMemoryBytes > 50e6 {
		t.Errorf("peak %d of a command that only writes", got.PeakMemoryBytes)
	}
}

func testChildOutOfMemory(t *testing.T, s *stage) {
	got := s.play(t, func(r *request) { r.engine.MemoryBytes = 48 << 20 }, tiny.Puppet("daemon oom", "sleep 2s", "exit 0")...)
	if !got.OOMKilled || got.ExitCode != 0 {
		t.Errorf("%+v", got.Outcome)
	}
}

// testFullDisk gives the run's folder a file system of 24 MB.
func testFullDisk(t *testing.T, s *stage) {
	image := filepath.Join(t.TempDir(), "disk")
	point := filepath.Join(t.TempDir(), "mounted")
	must(t, os.Mkdir(point, 0o755))
	if text, err := exec.Command("sh", "-c", "truncate -s 24M "+image+" && mkfs.ext4 -q -F "+image+" && mount -o loop "+image+" "+point).CombinedOutput(); err != nil {
		t.Skipf("no file system to fill: %v %s", err, text)
	}
	defer func() { _ = exec.Command("umount", "-l", point).Run() }()
	folder := filepath.Join(point, "io")
	must(t, os.Mkdir(folder, 0o755))
	spec := witness.Spec{Command: tiny.Puppet("spew 100000000", "sleep 1m"), Dir: "/work", UID: 1000, GID: 1000, Grace: 300 * time.Millisecond}
	must(t, witness.WriteSpec(folder, spec))
	got := s.perform(t, func(r *request) { r.engine.Mounts[1].Source = folder })
	outcome, err := witness.ReadOutcome(folder)
	if err != nil {
		t.Fatalf("%v; the witness: %q; exit %+v", err, witness.ReadFailure(folder), got.exit)
	}
	if !outcome.DiskFull || outcome.Stopped || outcome.Wall > 20*time.Second {
		t.Errorf("%+v", outcome)
	}
	if _, err := witness.ReadPackages(folder, witness.PackagesAfterFile); err != nil {
		t.Errorf("the second list: %v", err)
	}
	full := show{folder: folder}
	full.readLog(t)
	if len(full.out) < 5<<20 {
		t.Errorf("only %d bytes of output were kept", len(full.out))
	}
}

func testInspect(t *testing.T, s *stage) {
	for user, want := range map[string]petri.ImageUser{
		"":          {},
		"root":      {Declared: true, Home: "/root"},
		"ana":       {Declared: true, UID: 1234, GID: 5678, Home: "/home/ana"},
		"ana:lab":   {Declared: true, UID: 1234, GID: 4321, Home: "/home/ana"},
		"1234":      {Declared: true, UID: 1234, GID: 5678, Home: "/home/ana"},
		"4444":      {Declared: true, UID: 4444},
		"4444:lab":  {Declared: true, UID: 4444, GID: 4321},
		"1234:9999": {Declared: true, UID: 1234, GID: 9999, Home: "/home/ana"},
	} {
		got := s.perform(t, func(r *request) { r.spec = witness.Spec{Inspect: true, User: user, UID: -1, GID: -1} })
		facts, err := witness.ReadImageFacts(got.folder)
		if err != nil || facts.User != want || got.exit.Code != 0 {
			t.Errorf("%s: %+v %v %q", user, facts, err, witness.ReadFailure(got.folder))
		}
		if list, err := witness.ReadPackages(got.folder, witness.PackagesAfterFile); err != nil || len(list) != 1 {
			t.Errorf("%s: %+v %v", user, list, err)
		}
	}
	for _, user := range []string{"nobody-here", "ana:no-such-group", "-5"} {
		got := s.perform(t, func(r *request) { r.spec = witness.Spec{Inspect: true, User: user, UID: -1, GID: -1} })
		if says := witness.ReadFailure(got.folder); got.exit.Code != 125 || !strings.Contains(says, user) {
			t.Errorf("%s: exit %d, %q", user, got.exit.Code, says)
		}
	}
}

func testBadSpec(t *testing.T, s *stage) {
	base := t.TempDir()
	must(t, os.WriteFile(filepath.Join(base, witness.SpecFile), []byte("{"), 0o644))
	got := s.perform(t, func(r *request) { r.engine.Mounts[1].Source = base }, "exit 0")
	if got.exit.Code != 125 || !strings.Contains(witness.ReadFailure(base), "spec.json") {
		t.Errorf("exit %d, %q", got.exit.Code, witness.ReadFailure(base))
	}
}

// testRoot: an image that says USER root has its command run as root, still with no more
// rights than the container has.
func testRoot(t *testing.T, s *stage) {
	got := s.play(t, func(r *request) { r.spec.UID, r.spec.GID = 0, 0 }, tiny.Puppet("who", "status CapEff", "write f x", "print ok")...)
	if !strings.HasPrefix(got.out, "0 0 [] ") || !strings.Contains(got.out, "CapEff: 00000000000000e0\n") {
		t.Errorf("output %q", got.out)
	}
}

// testUnprivileged: a server that is not root has the container's user be its own, with no
// capability at all.
func testUnprivileged(t *testing.T, s *stage) {
	got := s.play(t, func(r *request) {
		must(t, os.Chown(sourceAt(r, witness.FolderPath), 1000, 1000))
		r.engine.User, r.engine.Capabilities = "1000:1000", nil
		r.spec.UID, r.spec.GID = -1, -1
		r.during = func(send func(string)) { time.Sleep(300 * time.Millisecond); send("SIGTERM") }
	}, tiny.Puppet("who", "status CapBnd", "cat /proc/self/oom_score_adj", "devices", "sleep 1m")...)
	if got.out != "1000 1000 [1000] / petri\nCapBnd: 0000000000000000\n500\n/dev/stdout\n" || !got.Stopped {
		t.Errorf("output %q errors %q %+v", got.out, got.err, got.Outcome)
	}
}
