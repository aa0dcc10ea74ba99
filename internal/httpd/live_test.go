package httpd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/logs"
)

// text is what a log printed.
func text(t *testing.T, log io.Reader) string {
	t.Helper()
	var b strings.Builder
	frames := petri.NewLogReader(log)
	for {
		frame, err := frames.Next()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		b.Write(frame.Data)
	}
}

func (l *lab) submitted() petri.RunRef {
	l.Helper()
	l.environment("r")
	project, _ := l.project("churn", "r", map[string]string{"a": "1"})
	run, err := l.ada.CreateRun(l.Context(), project, api.NewRun{Command: []string{"true"}})
	l.must(err)
	return petri.RunRef{Project: project, Number: run.Number}
}

func TestARunIsWatchedAndItsLogFollowed(t *testing.T) {
	l := newLab(t)
	ref := l.submitted()
	ctx := t.Context()
	states := make(chan []string, 1)
	go func() {
		var seen []string
		err := l.ada.WatchRun(ctx, ref, func(r api.Run) error {
			seen = append(seen, r.Status)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		states <- seen
	}()
	const readers = 3
	texts := make(chan string, readers)
	for range readers { // begun while it is queued
		go func() {
			log, err := l.ada.RunLog(ctx, ref, api.LogOptions{Follow: true})
			if err != nil {
				t.Error(err)
				return
			}
			defer log.Close()
			texts <- text(t, log)
		}()
	}
	time.Sleep(50 * time.Millisecond)
	c := l.carry(ref.String())
	c.say(petri.Stdout, "one\n")
	time.Sleep(50 * time.Millisecond)

	live, err := l.ada.RunLog(ctx, ref, api.LogOptions{}) // what there is, of a living run
	l.must(err)
	if got := text(t, live); got != "one\n" {
		t.Errorf("live log %q", got)
	}
	live.Close()
	c.say(petri.Stderr, "two\nthree\n")
	c.seal(0, map[string]string{"a": "1"})
	for range readers {
		if got := <-texts; got != "one\ntwo\nthree\n" {
			t.Errorf("followed %q", got)
		}
	}
	if seen := <-states; seen[0] != "queued" || seen[len(seen)-1] != "succeeded" {
		t.Errorf("saw %v", seen)
	}
	for _, tt := range []struct {
		wish api.LogOptions
		want string
	}{
		{api.LogOptions{}, "one\ntwo\nthree\n"},
		{api.LogOptions{Follow: true}, "one\ntwo\nthree\n"},
		{api.LogOptions{Tail: 1}, "three\n"},
		{api.LogOptions{Tail: 2, Follow: true}, "two\nthree\n"},
		{api.LogOptions{Since: time.Now().Add(time.Minute)}, ""},
		{api.LogOptions{Since: time.Now().Add(-time.Minute)}, "one\ntwo\nthree\n"},
		{api.LogOptions{From: petri.LogHeaderSize + 4}, "two\nthree\n"},
		{api.LogOptions{From: 1 << 40}, ""},
	} {
		log, err := l.ada.RunLog(ctx, ref, tt.wish)
		l.must(err)
		if got := text(t, log); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.wish, got, tt.want)
		}
		log.Close()
	}
}

func TestARunThatEndsAtOnceLosesNoOutput(t *testing.T) {
	l := newLab(t)
	ref := l.submitted()
	for range 10 {
		log, err := l.ada.RunLog(t.Context(), ref, api.LogOptions{Follow: true})
		l.must(err)
		c := l.carry(ref.String())
		c.say(petri.Stdout, "quick\n")
		c.seal(0, map[string]string{"a": "1"})
		if got := text(t, log); got != "quick\n" {
			t.Fatalf("got %q", got)
		}
		log.Close()
		again, err := l.ada.Rerun(t.Context(), ref, api.RerunRequest{})
		l.must(err)
		ref.Number = again.Number
	}
}

func TestABuildIsFollowedThroughARestart(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	_, err := l.ada.CreateEnvironment(ctx, api.CreateEnvironment{
		Name: "r", NewRevision: api.NewRevision{Base: &api.Base{Kind: "image", Ref: "debian:12"}},
	})
	l.must(err)
	ref := petri.EnvironmentRef{Owner: "ada", Name: "r", Revision: 1}
	events := make(chan petri.BuildEvent, 100)
	failed := make(chan error, 1)
	go func() {
		failed <- l.ada.BuildLog(ctx, ref, func(e petri.BuildEvent) error {
			events <- e
			return nil
		})
	}()
	// A first attempt is cut: its log is written anew by the second.
	build, err := l.envs.ClaimBuild(ctx, "worker")
	l.must(err)
	l.must(os.MkdirAll(logs.BuildFolder(l.data, build.ID), 0o700))
	w, err := logs.NewEventWriter(logs.BuildLog(l.data, build))
	l.must(err)
	l.must(w.Append(petri.BuildEvent{Step: 1, Output: "first attempt"}))
	if e := <-events; e.Output != "first attempt" {
		t.Fatalf("got %+v", e)
	}
	l.must(w.Close())
	l.must(l.envs.RequeueHeld(ctx, "worker"))
	time.Sleep(20 * time.Millisecond)
	l.build(petri.BuildEvent{Step: 1, Output: "second attempt"}, petri.BuildEvent{Step: 1, State: "done"})
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	close(events)
	var rest []string
	for e := range events {
		rest = append(rest, e.Output+e.State)
	}
	if fmt.Sprint(rest) != "[second attempt done]" {
		t.Errorf("got %q", rest)
	}
	// A caller who saw the first event of the finished log gets only the others.
	_, body := l.request("GET", "/api/v1/environments/ada/r/revisions/1/log", l.token, "")
	id := strings.TrimPrefix(strings.SplitN(body, "\n", 2)[0], "id: ")
	_, body = l.request("GET", "/api/v1/environments/ada/r/revisions/1/log", l.token, "", "Last-Event-ID", id)
	if strings.Contains(body, "second attempt") || !strings.Contains(body, `"done"`) || !strings.HasSuffix(body, "event: end\ndata: {}\n\n") {
		t.Errorf("behind %s came %q", id, body)
	}
}

func TestACanceledBuildSaysWhy(t *testing.T) {
	l := newLab(t)
	_, err := l.ada.CreateEnvironment(t.Context(), api.CreateEnvironment{
		Name: "r", NewRevision: api.NewRevision{Base: &api.Base{Kind: "image", Ref: "debian:12"}},
	})
	l.must(err)
	ref := petri.EnvironmentRef{Owner: "ada", Name: "r", Revision: 1}
	_, err = l.ada.CancelBuild(t.Context(), ref)
	l.must(err)
	var said []string
	l.must(l.ada.BuildLog(t.Context(), ref, func(e petri.BuildEvent) error {
		said = append(said, e.Message)
		return nil
	}))
	if len(said) != 1 || !strings.Contains(said[0], "cancelled by ada") {
		t.Errorf("said %q", said)
	}
}

func TestAStoppingServerCutsStreams(t *testing.T) {
	l := newLab(t)
	ref := l.submitted()
	impatient := api.New(l.server.URL, l.token, api.Options{Patience: -1})
	log, err := impatient.RunLog(t.Context(), ref, api.LogOptions{Follow: true})
	l.must(err)
	defer log.Close()
	watched := make(chan error, 1)
	go func() { watched <- impatient.WatchRun(t.Context(), ref, func(api.Run) error { return nil }) }()
	time.Sleep(50 * time.Millisecond)
	close(l.stop)
	if _, err := io.ReadAll(log); petri.KindOf(err) != petri.Unavailable {
		t.Errorf("the log ended with %v", err)
	}
	if err := <-watched; petri.KindOf(err) != petri.Unavailable {
		t.Errorf("watching ended with %v", err)
	}
	// Who asks in that moment is told to ask again, not that it went away itself.
	for range 20 {
		if err := impatient.WatchRun(t.Context(), ref, func(api.Run) error { return nil }); petri.KindOf(err) != petri.Unavailable {
			t.Errorf("watching a stopping server ended with %v", err)
		}
	}
}

func TestSlowReadersHoldNobodyUp(t *testing.T) {
	l := newLab(t)
	ref := l.submitted()
	c := l.carry(ref.String())
	line := strings.Repeat("x", 1<<16)
	for range 500 {
		c.say(petri.Stdout, line)
	}
	for range 20 { // ask, and read nothing
		conn, err := net.Dial("tcp", l.server.Listener.Addr().String())
		l.must(err)
		defer conn.Close()
		fmt.Fprintf(conn, "GET /api/v1/projects/ada/churn/runs/1/log?follow=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", l.token)
	}
	time.Sleep(100 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	log, err := l.ada.RunLog(ctx, ref, api.LogOptions{Follow: true})
	l.must(err)
	defer log.Close()
	c.seal(0, map[string]string{"a": "1"})
	if got := len(text(t, log)); got != 500<<16 {
		t.Errorf("got %d bytes", got)
	}
	if _, err := l.ada.Run(ctx, ref); err != nil {
		t.Error(err)
	}
}

func TestACutUploadGoesOn(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<17)
	digest := petri.DigestBytes(content)
	conn, err := net.Dial("tcp", l.server.Listener.Addr().String())
	l.must(err)
	fmt.Fprintf(conn, "PUT /api/v1/blobs/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\nUpload-Offset: 0\r\nUpload-Length: %d\r\n\r\n", digest, l.token, len(content), len(content))
	_, err = conn.Write(content[:1<<20])
	l.must(err)
	conn.Close()
	var have string
	for range 100 {
		resp, _ := l.request("HEAD", "/api/v1/blobs/"+string(digest), l.token, "")
		if have = resp.Header.Get(api.HeaderUploadOffset); have != "0" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if have == "0" || have == "" {
		t.Fatalf("nothing was kept of the cut upload: %q", have)
	}
	var first int64 = -1
	l.must(l.ada.UploadBlob(ctx, digest, bytes.NewReader(content), int64(len(content)), func(n int64) {
		if first < 0 {
			first = n
		}
	}))
	if first <= 0 {
		t.Errorf("it began again at %d", first)
	}
	if size, err := l.blobs.Stat(ctx, digest); err != nil || size != int64(len(content)) {
		t.Error(size, err)
	}
	l.must(l.ada.UploadBlob(ctx, digest, bytes.NewReader(content), int64(len(content)), nil))
	empty := petri.DigestBytes(nil)
	l.must(l.ada.UploadBlob(ctx, empty, bytes.NewReader(nil), 0, nil))
	if _, err := l.blobs.Stat(ctx, empty); err != nil {
		t.Error(err)
	}
	wrong := petri.DigestBytes([]byte("other"))
	l.wantKind(l.ada.UploadBlob(ctx, wrong, bytes.NewReader(content), int64(len(content)), nil), petri.Invalid, "digest")
}

func TestHealthMetricsAndFront(t *testing.T) {
	l := newLab(t)
	l.submitted()
	resp, body := l.request("GET", "/healthz", "", "")
	if resp.StatusCode != 200 || !strings.Contains(body, `"store":"ok"`) || !strings.Contains(body, "Docker is away") || !strings.Contains(body, "degraded") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	l.request("GET", "/api/v1/made/up/path", l.token, "")
	resp, body = l.request("GET", "/metrics", "", "")
	for _, want := range []string{
		`petri_runs{status="queued"} 1`, `petri_builds{status="ready"} 1`, `petri_queue_length{queue="runs"} 1`,
		`petri_http_requests_total{method="POST",route="/api/v1/projects",status="201"} 1`, `route="/",`,
		"petri_blob_received_bytes_total", "go_goroutines", "process_open_fds", `petri_build_info{version="1.2.3"} 1`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%d: no %s in the metrics", resp.StatusCode, want)
		}
	}
	if strings.Contains(body, "made") {
		t.Error("a path became a label")
	}
	resp, body = l.request("GET", "/", "", "")
	if resp.StatusCode != 200 || !strings.Contains(body, "Petri") || !strings.Contains(body, "/api/openapi.json") || resp.Header.Get("Date") == "" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	l.must(l.closeStore())
	if resp, body := l.request("GET", "/healthz", "", ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestTheLogHoldsIDsAndNoSecrets(t *testing.T) {
	l := newLab(t)
	_, err := l.ada.Project(t.Context(), petri.ProjectRef{Owner: "ada", Name: "none"})
	var refused *api.RequestError
	if !errors.As(err, &refused) || refused.ID == "" {
		t.Fatal(err)
	}
	l.sick.Store(true)
	_, err = l.ada.Doctor(t.Context())
	l.wantKind(err, petri.Internal, "request id")
	var broken *api.RequestError
	if !errors.As(err, &broken) {
		t.Fatal(err)
	}
	said := l.log.String()
	for _, want := range []string{"request_id=" + refused.ID, "request_id=" + broken.ID, "user=ada", "status=404", "level=ERROR", "a detail for the log", "lab_test.go"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %s in the log:\n%s", want, said)
		}
	}
	if _, err := l.ada.Whoami(t.Context()); err != nil {
		t.Errorf("after a panic: %v", err)
	}
	if strings.Contains(said, l.token) || strings.Contains(err.Error(), "a detail") {
		t.Error("a secret in the log, or a detail in the answer")
	}
}

func TestOwnNamesNeedNoOwner(t *testing.T) {
	l := newLab(t)
	l.environment("r")
	env, err := l.ada.Environment(t.Context(), petri.EnvironmentRef{Name: "r"})
	l.must(err)
	if env.Ref != "ada/r" {
		t.Errorf("got %s", env.Ref)
	}
}
