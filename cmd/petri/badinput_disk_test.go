package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/blob/disk"
)

// smallDisk is a file system of so many MiB for a data folder.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=755", size)); err != nil {
		message := fmt.Sprintf("this test needs to mount a small file system: %v", err)
		if os.Getenv("CI") != "" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// grow makes a small disk larger, as an administrator would.
func (l *lab) grow(size int) {
	l.Helper()
	l.must(syscall.Mount("tmpfs", l.data, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%dm", size)))
}

func (l *lab) free() int64 {
	l.Helper()
	free, err := disk.Free(l.data)
	l.must(err)
	return free
}

// fill leaves nothing free on the disk, until the file is removed.
func (l *lab) fill() (empty func()) {
	l.Helper()
	path := filepath.Join(l.data, "filler")
	file, err := os.Create(path)
	l.must(err)
	for size := 1 << 20; size > 0; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	l.must(file.Close())
	return func() { l.must(os.Remove(path)) }
}

// noise is content that is different for every seed.
func noise(seed uint64, length int) string {
	source, b := rand.New(rand.NewPCG(seed, 1)), make([]byte, length)
	for i := range b {
		b[i] = byte(source.Uint32())
	}
	return string(b)
}

// TestFullDiskRefuses: what would fill the disk is refused, in words; what is there can be read;
// and once there is room again all goes on.
func TestFullDiskRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t, smallDisk(t, 64), "--disk-reserve", "16m")
	l.write("work", map[string]string{"main.R": "1\n"})
	l.petri("", "env", "create", "r", "--from", "debian:12")
	l.petri("work", "init", "--project", "churn", "--env", "r")
	l.petri("work", "run", "--", "fake", "print done")

	l.write("large", map[string]string{"petri.toml": "project = \"large\"\n", "huge.bin": ""})
	l.petri("large", "init", "--project", "large")
	l.must(os.Truncate(filepath.Join(l.dir, "large", "huge.bin"), 90<<20))
	l.write("base", map[string]string{"root.tar": "\x1f\x8b" + noise(1, 1000)})
	l.must(os.Truncate(filepath.Join(l.dir, "base", "root.tar"), 90<<20))
	l.refuseAll([]badCase{
		{name: "a file that is too large", kind: petri.Exhausted, says: "the disk of the Petri server has no room for 90 MiB: …are free, of which 16 MiB must stay free; free space under its data folder and try again", call: call{in: "large", args: []string{"push"}}},
		{name: "a base that is too large", kind: petri.Exhausted, says: "has no room for 90 MiB", call: call{in: "base", args: []string{"env", "create", "new", "--from", "./root.tar"}}},
	})

	many := map[string]string{"petri.toml": "project = \"many\"\n"}
	for i := range 60 {
		many[fmt.Sprintf("f%d", i)] = noise(uint64(i), 1<<20)
	}
	l.write("many", many)
	l.petri("many", "init", "--project", "many")
	rows := map[string]string{}
	l.rows(rows)
	out := l.call(call{in: "many", args: []string{"push"}})
	if out.code != 2 || !inOrder(out.stderr, "petri: the disk of the Petri server is nearly full: …are free, and 16 MiB must stay free") {
		t.Errorf("push: %+v", out)
	}
	if free := l.free(); free < 8<<20 {
		t.Errorf("only %d bytes are left", free)
	}
	after := map[string]string{}
	l.rows(after)
	same(t, "the database", rows, after)

	full := "the disk of the Petri server is nearly full: …free space under its data folder and try again"
	l.write("work", map[string]string{"main.R": "2\n"})
	l.refuseAll([]badCase{
		{name: "a push to a full disk", kind: petri.Exhausted, says: full, call: call{in: "work", args: []string{"push"}}},
		{name: "a run on a full disk", kind: petri.Exhausted, says: full, code: 125, call: call{in: "work", args: []string{"run", "--", "true"}}},
		{name: "a rerun on a full disk", kind: petri.Exhausted, says: full, code: 125, call: call{in: "work", args: []string{"rerun", "1"}}},
		{name: "a new environment on a full disk", kind: petri.Exhausted, says: full, call: call{in: "work", args: []string{"env", "create", "new", "--from", "debian:12"}}},
		{name: "a new revision on a full disk", kind: petri.Exhausted, says: full, call: call{in: "work", args: []string{"env", "edit", "r", "--env", "A=1"}}},
	})
	for _, reads := range [][]string{{"runs"}, {"show", "1"}, {"logs", "1"}, {"record", "1", "--verify"}, {"env", "ls"}, {"status"}, {"log"}} {
		l.petri("work", reads...)
	}
	if doctor := l.call(call{args: []string{"doctor"}}); !strings.Contains(doctor.stdout, "disk") {
		t.Errorf("doctor says %s", doctor.stdout)
	}

	l.grow(256)
	l.petri("many", "push")
	l.petri("work", "run", "--", "true")
}

// TestFullDiskHoldsUp: with not a byte left, also for the database, nothing is lost and the
// server stays up; what could not be written is told, and goes on once there is room.
func TestFullDiskHoldsUp(t *testing.T) {
	t.Parallel()
	l := newLab(t, smallDisk(t, 64), "--disk-reserve", "1m")
	l.write("work", map[string]string{"slow": "RUN sleep 1s\n" + strings.Repeat("RUN echo "+noiseless(60_000)+"\n", 4)})
	l.petri("work", "env", "create", "r", "--from", "debian:12")
	l.petri("work", "init", "--project", "churn", "--env", "r")
	l.petri("work", "run", "--", "fake", "write kept x")
	l.petri("work", "env", "create", "slow", "--from", "debian:12", "-f", "slow", "--detach")
	empty := l.fill()
	out := l.call(call{in: "work", args: []string{"project", "set", "--visibility", "team"}})
	if out.code != 2 || !strings.Contains(out.stderr, "the disk that holds the database is full: free some space and try again") {
		t.Errorf("a change says %+v", out)
	}
	l.petri("work", "runs")
	second := l.call(call{args: []string{"server", "--listen", "127.0.0.1:0"}, env: []string{"PETRI_DATA=" + filepath.Join(l.data, "another")}})
	if second.code != 2 || !strings.Contains(second.stderr, "is full") && !strings.Contains(second.stderr, "no space left on device") {
		t.Errorf("a server on a full disk says %+v", second)
	}
	l.must(eventually(func() error {
		text, err := os.ReadFile(l.serverLog)
		if err == nil && !strings.Contains(string(text), "end a build") {
			err = fmt.Errorf("the log is\n%s", text)
		}
		return err
	}))
	l.alive()
	empty()
	l.petri("work", "record", "1", "--verify")
	var revision api.Revision
	l.must(eventually(func() (err error) {
		revision, err = l.client.Revision(context.Background(), petri.EnvironmentRef{Owner: l.owner, Name: "slow", Revision: 1})
		if err == nil && revision.Status != "failed" {
			err = fmt.Errorf("slow@1 is %s", revision.Status)
		}
		return err
	}))
	if !strings.Contains(revision.Error, "the disk of the Petri server is full, so the build's log could not be written") {
		t.Errorf("the build says %s", revision.Error)
	}
	if log := l.petri("work", "env", "log", "slow@1"); !strings.Contains(log, "failed: the disk of the Petri server is full") {
		t.Errorf("the build's log is %.500s", log)
	}
	l.petri("work", "env", "build", "slow@1")
}

// noiseless is a long word.
func noiseless(length int) string { return strings.Repeat("word", length/4) }
