package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// newDockerLab starts a server with real Docker, and makes an environment on it.
func newDockerLab(t *testing.T, data string, flags ...string) *lab {
	t.Helper()
	needDocker(t)
	l := bareLab(t, data)
	l.start(flags...)
	l.Cleanup(l.removeImages)
	l.petri("", "env", "create", "base", "--from", crashBase)
	l.write("work", nil)
	l.petri("work", "init", "--project", "churn", "--env", "base")
	return l
}

// removeImages takes what the server built out of Docker again.
func (l *lab) removeImages() {
	info, err := l.client.Server(context.Background())
	if err != nil {
		return
	}
	script := "docker images -q --filter label=petri.server=" + info.Server + " | xargs -r docker rmi -f"
	if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
		l.Logf("remove images: %v %s", err, out)
	}
}

// TestRunThatFillsTheDisk is ended alone, with that reason, and leaves room for the others.
func TestRunThatFillsTheDisk(t *testing.T) {
	t.Parallel()
	const reserve = 32 << 20
	needDocker(t)
	l := newDockerLab(t, smallDisk(t, 128), "--disk-reserve", "32m")
	l.petri("work", "run", "--detach", "--", "sh", "-c", "sleep 15; echo fine | tee ok.txt")
	cases := []struct{ name, script, says string }{
		{"slowly", "echo 1 > small.txt; while :; do head -c 2000000 /dev/zero >> big.bin; sleep 0.05; done", "ended by Petri: the server's disk was about to be full"},
		{"at once", "echo 2 > small.txt; head -c 999000000 /dev/zero > big.bin", "the server's disk was"},
		{"in many files", "echo 3 > small.txt; i=0; while head -c 500000 /dev/zero > f$i.bin; do i=$((i+1)); done; exit 7", "the server's disk was"},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := l.call(call{in: "work", args: []string{"run", "--", "sh", "-c", c.script}})
			t.Logf("%d %s", out.code, out.stderr)
			if out.code == 0 || out.code == 125 || !strings.Contains(out.stderr, c.says) {
				t.Errorf("code %d, %q; want %q", out.code, out.stderr, c.says)
			}
			run, err := l.client.Run(context.Background(), petri.RunRef{Project: petri.ProjectRef{Owner: l.owner, Name: "churn"}, Number: 2 + i})
			if err != nil || run.Status != "failed" || !run.DiskFull || !inOrder(results(run), "small.txt") || len(run.LeftOut) == 0 || !strings.Contains(run.LeftOut[0].Why, "filled the server's disk") {
				t.Errorf("%v, the run is %+v", err, run)
			}
			if free := l.free(); free < reserve {
				t.Errorf("only %d bytes are free afterwards", free)
			}
			l.petri("work", "record", fmt.Sprint(2+i), "--verify")
		})
	}
	l.comeTo("churn#1", "succeeded")
	if out := l.petri("work", "results", "1", "cat", "ok.txt"); out != "fine" {
		t.Errorf("the run beside them wrote %q", out)
	}
	out := l.call(call{in: "work", args: []string{"run", "--", "sh", "-c", "yes petri | head -c 300000000"}})
	if out.code == 0 || !strings.Contains(out.stderr, "disk") {
		t.Errorf("printing without end: %d, %.300q", out.code, out.stderr[max(0, len(out.stderr)-300):])
	}
	l.grow(512)
	l.petri("work", "run", "--", "true")
}

func results(r api.Run) string {
	var names []string
	for _, result := range r.Results {
		names = append(names, result.Path)
	}
	return strings.Join(names, " ")
}

// TestBadBases: a build that cannot be fails with the reason, leaves a failed revision that
// nothing can run in, and can be mended by an edit.
func TestBadBases(t *testing.T) {
	t.Parallel()
	l := newDockerLab(t, "")
	l.rootTars()
	cases := []struct{ name, from, says string }{
		{"an image that does not exist", "petri.invalid/no/such:image", "petri.invalid/no/such:image"},
		{"an image that nobody has", "petri-base/nothing:at-all", "petri-base/nothing:at-all"},
		{"a truncated tar", "./truncated.tar", "truncated.tar cannot be a base: it ends too early; it was cut off on its way, copy it again"},
		{"a truncated gzip", "./truncated.tar.gz", "truncated.tar.gz cannot be a base: it ends too early"},
		{"noise in a gzip", "./noise.tar.gz", "noise.tar.gz cannot be a base: "},
		{"a tar of no system", "./papers.tar", "papers.tar cannot be a base: "},
		{"an OCI layout without its parts", "./oci.tar", "oci.tar cannot be a base: a part (0123456789ab) is missing from it"},
		{"an OCI layout that is altered", "./altered.tar", "altered.tar cannot be a base: a part (0123456789ab) is damaged: its content has another digest"},
		{"a docker archive without its parts", "./saved.tar", "saved.tar cannot be a base: the image's configuration (conf.json) is missing from it"},
		{"an empty gzip", "./empty.tar.gz", "empty.tar.gz cannot be a base: "},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			name := fmt.Sprintf("bad%d", i)
			out := l.call(call{in: "work", args: []string{"env", "create", name, "--from", c.from}})
			t.Logf("%s", out.stderr)
			if out.code != 1 || !strings.Contains(out.stderr, c.says) {
				t.Errorf("code %d, want 1 and %q", out.code, c.says)
			}
			r, err := l.client.Revision(context.Background(), petri.EnvironmentRef{Owner: l.owner, Name: name, Revision: 1})
			if err != nil || r.Status != "failed" || r.Active || r.ImageDigest != "" || !strings.Contains(r.Error, c.says) {
				t.Errorf("%v, %+v", err, r)
			}
			out = l.call(call{in: "work", args: []string{"run", "--env", name, "--", "true"}})
			if out.code != 125 || !strings.Contains(out.stderr, "has no active revision") {
				t.Errorf("a run in it: %+v", out)
			}
		})
	}
}

// rootTars are files that look like bases and are none.
func (l *lab) rootTars() {
	l.Helper()
	digest := "sha256:0123456789ab" + strings.Repeat("0", 52)
	index := `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"` + digest + `","size":2}]}`
	l.write("tars", map[string]string{
		"root/bin/sh": noise(1, 300_000), "root/etc/passwd": "root:x:0:0::/:/bin/sh\n", "papers/a.txt": "a",
		"oci/oci-layout": `{"imageLayoutVersion":"1.0.0"}`, "oci/index.json": index,
		"altered/oci-layout": `{"imageLayoutVersion":"1.0.0"}`, "altered/index.json": index, "altered/blobs/sha256/" + strings.TrimPrefix(digest, "sha256:"): "{}",
		"saved/manifest.json": `[{"Config":"conf.json","RepoTags":["a:b"],"Layers":["l.tar"]}]`,
	})
	script := `cd tars && tar cf root.tar -C root . && head -c 200000 root.tar > ../work/truncated.tar &&
		gzip -k root.tar && head -c 150000 root.tar.gz > ../work/truncated.tar.gz && head -c 90000 root/bin/sh | gzip > ../work/noise.tar.gz &&
		tar cf ../work/papers.tar -C papers . && tar cf ../work/oci.tar -C oci . && tar cf ../work/altered.tar -C altered . &&
		tar cf ../work/saved.tar -C saved . && printf '' | gzip > ../work/empty.tar.gz`
	make := exec.Command("bash", "-euc", script)
	make.Dir = l.dir
	if out, err := make.CombinedOutput(); err != nil {
		l.Fatalf("%v\n%s", err, out)
	}
}

// TestBadCommands: a command that cannot be started, or ends badly, is an outcome with its own
// code and reason, and has a record.
func TestBadCommands(t *testing.T) {
	t.Parallel()
	l := newDockerLab(t, "", "--grace", "1s")
	l.write("work", map[string]string{"plain.sh": "#!/bin/sh\necho no\n", "broken": "#!/no/such/interpreter\n"})
	l.must(os.Chmod(filepath.Join(l.dir, "work", "broken"), 0o755))
	cases := []struct {
		name    string
		command []string
		code    int
		says    string
	}{
		{"a command that is not there", []string{"Rscrpt", "main.R"}, 127, "could not start: Rscrpt"},
		{"a path that is not there", []string{"./none.sh"}, 127, "could not start: ./none.sh"},
		{"a file that is not executable", []string{"./plain.sh"}, 126, "could not start: ./plain.sh"},
		{"a folder", []string{"/etc"}, 126, "could not start: /etc"},
		{"an interpreter that is not there", []string{"./broken"}, 126, "its interpreter /no/such/interpreter, which its first line names, is not in the image"},
		{"a failure", []string{"sh", "-c", "exit 42"}, 42, "exit code 42"},
		{"a crash", []string{"sh", "-c", "kill -SEGV $$"}, 139, "SIGSEGV"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := l.call(call{in: "work", args: append([]string{"run", "--network", "none", "--"}, c.command...)})
			t.Logf("%d %s", out.code, out.stderr)
			if out.code != c.code || !strings.Contains(out.stderr, c.says) {
				t.Errorf("code %d, %q; want %d and %q", out.code, out.stderr, c.code, c.says)
			}
		})
	}
	for i := range cases {
		l.petri("work", "record", fmt.Sprint(i+1), "--verify")
	}
	began := time.Now()
	out := l.call(call{in: "work", args: []string{"run", "--timeout", "1s", "--", "sh", "-c", "trap '' TERM; sleep 60"}})
	if out.code == 0 || !strings.Contains(out.stderr, "time limit of 1 s reached") || time.Since(began) > 15*time.Second {
		t.Errorf("a run out of time: %+v after %s", out, time.Since(began))
	}
	out = l.call(call{in: "work", args: []string{"run", "--memory", "32m", "--", "sh", "-c", "a=$(head -c 200000000 /dev/zero | tr '\\0' x); echo ${#a}"}})
	if out.code == 0 || !strings.Contains(out.stderr, "out of memory (limit 32 MiB)") {
		t.Errorf("a run out of memory: %+v", out)
	}
}
