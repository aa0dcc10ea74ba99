package witness_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/witness"
)

// withTool mounts the witness under the name petri, as the worker does.
func withTool(s *stage) func(*request) {
	return func(r *request) {
		r.engine.Mounts = append(r.engine.Mounts, engine.Mount{Target: witness.ToolPath, Source: s.witness, ReadOnly: true})
	}
}

func testMetrics(t *testing.T, s *stage) {
	for _, test := range []struct {
		command string
		code    int
		want    string // metrics, or what is said on standard error
	}{
		{"petri metric auc 0.914", 0, "auc=0.914"},
		{"petri metric -- delta -0.5", 0, "delta=-0.5"},
		{"petri metric delta -0.5", 0, "delta=-0.5"},
		{"/.petri/bin/petri metric model gbm", 0, "model=gbm"},
		{"petri metric auc", 2, "a metric has a name and one value"},
		{"petri metric a 1 2", 2, "a metric has a name and one value"},
		{"petri metric " + strings.Repeat("x", petri.MaxMetricName+1) + " 1", 2, "a name has 1 to 200 bytes"},
		{"petri metric a " + strings.Repeat("x", petri.MaxMetricText+1), 2, "longer than 4096 bytes"},
		{"petri run", 2, `"run" works outside of runs only`},
		{"petri", 2, "Inside a run, petri knows one thing"},
	} {
		got := s.play(t, withTool(s), strings.Fields(test.command)...)
		metrics, err := witness.ReadMetrics(got.folder)
		must(t, err)
		said := got.err
		for _, m := range metrics {
			said += m.Name + "=" + m.String()
		}
		if got.ExitCode != test.code || !strings.Contains(said, test.want) {
			t.Errorf("%.40s: exit code %d, %q, want %q", test.command, got.ExitCode, said, test.want)
		}
	}
	got := s.play(t, withTool(s), "petri", "metric", "--help")
	if got.ExitCode != 0 || !strings.Contains(got.out, "petri metric NAME VALUE") {
		t.Errorf("help: %d, %q %q", got.ExitCode, got.out, got.err)
	}
}

func hear(t *testing.T, folder string) (say func(name, value string) error, address string, end func()) {
	t.Helper()
	address = "@petri-test-" + rand.Text()
	say, end = witness.Hear(folder, address)
	return say, address, end
}

func TestMetricsAreKept(t *testing.T) {
	folder := t.TempDir()
	say, _, end := hear(t, folder)
	var saying sync.WaitGroup
	for i := range 8 {
		saying.Go(func() {
			for j := range 50 {
				if err := say(fmt.Sprintf("m%d", i), fmt.Sprint(j)); err != nil {
					t.Errorf("say: %v", err)
				}
			}
		})
	}
	saying.Wait()
	metrics, err := witness.ReadMetrics(folder) // before the end: what was acknowledged is there
	must(t, err)
	if len(metrics) != 8 || metrics[3].String() != "49" {
		t.Errorf("kept %v", metrics)
	}
	end()
	if err := say("late", "1"); petri.KindOf(err) != petri.Unavailable {
		t.Errorf("after the end: %v", err)
	}
}

// TestMetricsFlood says more than is kept, and much of it again.
func TestMetricsFlood(t *testing.T) {
	folder := t.TempDir()
	say, address, end := hear(t, folder)
	defer end()
	for i := range petri.MaxMetrics {
		must(t, say(fmt.Sprintf("m%05d", i), "1"))
	}
	if err := say("one-more", "1"); err == nil || !strings.Contains(petri.MessageOf(err), "10000 metrics") {
		t.Errorf("one more: %v", err)
	}
	must(t, say("m00007", "2")) // again is not more
	// Messages that are none, from somebody who never listens to an answer.
	deaf(t, address)
	must(t, say("m00008", "3"))
	metrics, err := witness.ReadMetrics(folder)
	must(t, err)
	if len(metrics) != petri.MaxMetrics || metrics[7].String() != "2" || metrics[8].String() != "3" {
		t.Errorf("%d metrics, %v", len(metrics), metrics[7:9])
	}
}

func deaf(t *testing.T, address string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	must(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	must(t, unix.Bind(fd, &unix.SockaddrUnix{}))
	to := &unix.SockaddrUnix{Name: address}
	for i := range 2000 {
		message := []byte("nonsense")
		if i%2 == 0 {
			message = bytes.Repeat([]byte("x"), 100_000)
		}
		must(t, unix.Sendto(fd, message, 0, to))
	}
	nameless, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	must(t, err)
	defer func() { _ = unix.Close(nameless) }()
	must(t, unix.Sendto(nameless, []byte(`{"name":"nameless","value":"1"}`), 0, to))
}

// TestMetricsAgainAndAgain: a value that is said at every step of a long loop does not fill
// the disk.
func TestMetricsAgainAndAgain(t *testing.T) {
	folder := t.TempDir()
	say, _, end := hear(t, folder)
	long := strings.Repeat("x", petri.MaxMetricText-8)
	for i := range 10_000 {
		must(t, say("loss", long+fmt.Sprint(i)))
	}
	end()
	info, err := os.Stat(filepath.Join(folder, witness.MetricsFile))
	must(t, err)
	metrics, err := witness.ReadMetrics(folder)
	must(t, err)
	if info.Size() > 17<<20 || len(metrics) != 1 || metrics[0].Text != long+"9999" {
		t.Errorf("%d bytes, %d metrics", info.Size(), len(metrics))
	}
	say, _, end = hear(t, t.TempDir())
	defer end()
	for i := range 2000 {
		if err = say(fmt.Sprint("t", i), long); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(petri.MessageOf(err), "4 MiB in all") {
		t.Errorf("more than 4 MiB: %v", err)
	}
}

// TestReadMetrics reads what a crash, or a command that is root, may leave.
func TestReadMetrics(t *testing.T) {
	folder := t.TempDir()
	if metrics, err := witness.ReadMetrics(folder); err != nil || len(metrics) != 0 {
		t.Errorf("nothing was said: %v, %v", metrics, err)
	}
	text := `{"name":"a","value":1}` + "\nnonsense\n" + `{"name":"","value":1}` + "\n" + `{"name":"b","value":[1]}` + "\n" + `{"name":"a","value":2}` + "\n" + `{"name":"c","val`
	must(t, os.WriteFile(filepath.Join(folder, witness.MetricsFile), []byte(text), 0o644))
	metrics, err := witness.ReadMetrics(folder)
	must(t, err)
	if len(metrics) != 1 || metrics[0].Name != "a" || metrics[0].String() != "2" {
		t.Errorf("read %v", metrics)
	}
	must(t, os.Remove(filepath.Join(folder, witness.MetricsFile)))
	must(t, os.Symlink("/etc/passwd", filepath.Join(folder, witness.MetricsFile)))
	if _, err := witness.ReadMetrics(folder); petri.KindOf(err) != petri.Invalid {
		t.Errorf("a link: %v", err)
	}
}
