package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/tree"
)

// killDuringPushes kills the server while files are sent to it, some large, some many. What it
// had said is a commit must be one afterwards, whole, and the same push must go through.
func (h *crashHarness) killDuringPushes(t *testing.T, rounds int) {
	random := rand.New(rand.NewPCG(5, 6))
	work := h.makeProject(t, "pushes", map[string]string{"in.txt": "in\n"})
	acknowledged := map[string]bool{}
	takes, cut := time.Duration(0), 0
	round := 0
	for ; round < rounds || cut == 0 && round < 3*rounds; round++ {
		changeFiles(t, work, round, random)
		h.start(t, "")
		push := h.petri(work, "push", "--json")
		var out bytes.Buffer
		push.Stdout = &out
		began := time.Now()
		if err := push.Start(); err != nil {
			t.Fatal(err)
		}
		if round < 2 { // to see how long it takes, with a large file and without
			_ = push.Wait()
			takes = max(takes, min(time.Since(began), time.Second))
		} else {
			h.dies(t, fmt.Sprintf("after %s", time.Duration(random.Int64N(int64(takes)))))
			_ = push.Wait()
		}
		if push.ProcessState.Success() {
			acknowledged[commitOf(t, out.Bytes())] = true
		} else {
			cut++
		}
		again, err := h.petri(work, "push", "--json").Output()
		if err != nil {
			t.Fatalf("round %d: push again: %v\n%s", round, err, stderrOf(err))
		}
		acknowledged[commitOf(t, again)] = true
		h.kill()
	}
	t.Logf("%d of %d pushes were cut (one takes up to %s), %d commits were acknowledged", cut, round, takes, len(acknowledged))
	if cut == 0 {
		t.Error("no push was cut, so nothing was tested")
	}
	h.start(t, "")
	for id := range acknowledged {
		h.commitIsWhole(t, id)
	}
	h.cloneIsEqual(t, work)
	h.runVerifies(t)
	h.kill()
}

// changeFiles leaves new small files, and every other time a large one.
func changeFiles(t *testing.T, work string, round int, random *rand.Rand) {
	t.Helper()
	write := func(name string, size int) {
		content := make([]byte, size)
		for i := 0; i+8 <= size; i += 8 {
			word := random.Uint64()
			for j := range 8 {
				content[i+j] = byte(word >> (8 * j))
			}
		}
		path := filepath.Join(work, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1500 {
		write(fmt.Sprintf("small/%d/%d", i%40, i), 4096)
	}
	if round%2 == 1 {
		write("large", 40<<20)
	}
}

func commitOf(t *testing.T, out []byte) string {
	t.Helper()
	var commit api.Commit
	if err := json.Unmarshal(out, &commit); err != nil || commit.ID == "" {
		t.Fatalf("petri push says %q: %v", out, err)
	}
	return commit.ID
}

func stderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}

// commitIsWhole hashes everything that a commit names, down to each blob on the disk.
func (h *crashHarness) commitIsWhole(t *testing.T, id string) {
	t.Helper()
	ctx := context.Background()
	commit, err := h.client.Commit(ctx, crashProject("pushes"), id)
	if err != nil {
		t.Errorf("commit %s was acknowledged and is gone: %v", id, err)
		return
	}
	blobs, err := disk.Open(h.data, disk.Options{UID: -1, GID: -1})
	if err != nil {
		t.Fatal(err)
	}
	read := func(ctx context.Context, d petri.Digest) ([]byte, error) {
		blob, err := blobs.Open(ctx, d)
		if err != nil {
			return nil, err
		}
		defer blob.Close()
		content, err := io.ReadAll(blob)
		if got := petri.DigestBytes(content); err == nil && got != d {
			err = fmt.Errorf("blob %s has digest %s", d, got)
		}
		return content, err
	}
	files := int64(0)
	err = tree.Walk(ctx, read, petri.Digest(commit.Tree), func(path string, e tree.Entry) error {
		if e.Kind == tree.Folder {
			return nil
		}
		files++
		_, err := read(ctx, e.Digest)
		return err
	})
	if err != nil || files != commit.Files {
		t.Errorf("commit %s is not whole: %d of %d files, %v", id, files, commit.Files, err)
	}
}

func (h *crashHarness) cloneIsEqual(t *testing.T, work string) {
	t.Helper()
	clone := filepath.Join(h.home, "clone")
	if out, err := h.petri(h.home, "clone", crashProject("pushes").String(), clone).CombinedOutput(); err != nil {
		t.Fatalf("clone: %v\n%s", err, out)
	}
	if out, err := exec.Command("diff", "-r", "--exclude", ".petri", work, clone).CombinedOutput(); err != nil {
		t.Errorf("the clone is not what was pushed: %v\n%s", err, out)
	}
}

// runVerifies runs something on the last commit and has its record verified.
func (h *crashHarness) runVerifies(t *testing.T) {
	t.Helper()
	h.otherRuns++
	run, err := h.client.CreateRun(context.Background(), crashProject("pushes"), api.NewRun{Command: []string{"true"}, Network: "none"})
	if err != nil {
		t.Fatal(err)
	}
	ref := petri.RunRef{Project: crashProject("pushes"), Number: run.Number}
	err = eventually(func() error {
		if run, err = h.client.Run(context.Background(), ref); err == nil && run.Status != "succeeded" {
			err = fmt.Errorf("the run is %s: %s", run.Status, run.Error)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.verifies(t, "after all pushes", ref)
}
