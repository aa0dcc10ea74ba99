package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// serve answers with fn and gives a client of it.
func serve(t *testing.T, fn http.HandlerFunc) *api.Client {
	t.Helper()
	server := httptest.NewServer(fn)
	t.Cleanup(server.Close)
	c := api.New(server.URL, "ptr_secret", api.Options{Patience: 5 * time.Second})
	t.Cleanup(c.Close)
	return c
}

func TestTimeTravelsWithMicroseconds(t *testing.T) {
	at := time.Date(2026, 11, 3, 4, 5, 6, 7_000, time.FixedZone("", 3600))
	b, err := json.Marshal(map[string]any{"t": api.NewTime(at), "none": api.TimePointer(time.Time{}), "zero": api.Time{}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"none":null,"t":"2026-11-03T03:05:06.000007Z","zero":""}`; string(b) != want {
		t.Fatalf("got %s, want %s", b, want)
	}
	var back struct {
		T    api.Time  `json:"t"`
		None *api.Time `json:"none"`
		Zero api.Time  `json:"zero"`
	}
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !back.T.Equal(at) || back.None != nil || !back.Zero.IsZero() {
		t.Fatalf("came back as %+v", back)
	}
	for _, bad := range []string{`{"t":5}`, `{"t":"yesterday"}`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s was taken for a time", bad)
		}
	}
}

func TestRequestsSayWhoAsks(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Petri-API") != "1" || r.Header.Get("Authorization") != "Bearer ptr_secret" {
			t.Errorf("headers %v", r.Header)
		}
		fmt.Fprint(w, `{"user":"ada","admin":true}`)
	})
	me, err := c.Whoami(context.Background())
	if err != nil || me != (api.Identity{User: "ada", Admin: true}) {
		t.Fatal(me, err)
	}
}

func TestErrorsKeepKindMessageAndID(t *testing.T) {
	tests := []struct {
		status  int
		body    string
		kind    petri.Kind
		message string
	}{
		{409, `{"error":{"kind":"conflict","message":"it is taken","request_id":"abc"}}`, petri.Conflict, "it is taken"},
		{404, "", petri.NotFound, "the server answered with status 404 Not Found"},
	}
	for _, tt := range tests {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(api.HeaderRequestID, "abc")
			w.WriteHeader(tt.status)
			fmt.Fprint(w, tt.body)
		})
		_, err := c.Server(context.Background())
		var cause *api.RequestError
		if petri.KindOf(err) != tt.kind || petri.MessageOf(err) != tt.message || !errors.As(err, &cause) || cause.ID != "abc" || cause.Status != tt.status {
			t.Errorf("%d: got %q %q %+v", tt.status, petri.KindOf(err), petri.MessageOf(err), cause)
		}
	}
}

func TestAnswersOfOthersAreTold(t *testing.T) {
	for _, status := range []int{404, 409, 502} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", status) })
		_, err := c.Server(context.Background())
		if petri.KindOf(err) != petri.Unavailable || !strings.Contains(petri.MessageOf(err), "is no Petri server") || !strings.Contains(petri.MessageOf(err), strconv.Itoa(status)) {
			t.Errorf("%d: got %q %q", status, petri.KindOf(err), petri.MessageOf(err))
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	listener.Close()
	_, err = api.New(url, "", api.Options{}).Server(context.Background())
	want := "no Petri server answers at " + url + ": start one with: petri server"
	if petri.KindOf(err) != petri.Unavailable || petri.MessageOf(err) != want {
		t.Fatal(petri.KindOf(err), petri.MessageOf(err))
	}
}

func TestCancelledCallsSaySo(t *testing.T) {
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Server(ctx); petri.KindOf(err) != petri.Canceled {
		t.Fatal(err)
	}
}

func TestPathsAndOwnNames(t *testing.T) {
	var got string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Method + " " + r.URL.EscapedPath()
		fmt.Fprint(w, `{}`)
	})
	ctx := context.Background()
	project := petri.ProjectRef{Name: "churn"}
	body, err := c.File(ctx, project, "head", "a b/\xff\n%/-x")
	if err != nil {
		t.Fatal(err)
	}
	body.Close()
	if want := "GET /api/v1/projects/~/churn/commits/head/files/a%20b/%FF%0A%25/-x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := c.Revision(ctx, petri.EnvironmentRef{Owner: "ada", Name: "r"}); err != nil || got != "GET /api/v1/environments/ada/r/revisions/active" {
		t.Error(got, err)
	}
	if _, err := c.CancelBuild(ctx, petri.EnvironmentRef{Owner: "ada", Name: "r"}); err != nil || got != "POST /api/v1/environments/ada/r/revisions/latest/cancel" {
		t.Error(got, err)
	}
}

func TestEventsGoOnAfterACut(t *testing.T) {
	calls := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		begin := 0
		if last := r.Header.Get("Last-Event-ID"); last != "" {
			begin, _ = strconv.Atoi(last)
		}
		for i := begin + 1; i <= 5; i++ {
			fmt.Fprintf(w, ": comment\n\nid: %d\ndata: {\"step\":%d}\n\n", i, i)
			if i == 2 && calls == 1 {
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
		}
		fmt.Fprint(w, "event: end\ndata: {}\n\n")
	})
	var steps []int
	err := c.BuildLog(context.Background(), petri.EnvironmentRef{Owner: "a", Name: "b", Revision: 1}, func(e petri.BuildEvent) error {
		steps = append(steps, e.Step)
		return nil
	})
	if err != nil || fmt.Sprint(steps) != "[1 2 3 4 5]" || calls != 2 {
		t.Fatal(steps, calls, err)
	}
}

func TestEventsStopAtTheCallersError(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "data: {}\n\ndata: {}\n\n") })
	enough := errors.New("enough")
	if err := c.WatchRun(context.Background(), petri.RunRef{Number: 1}, func(api.Run) error { return enough }); err != enough {
		t.Fatal(err)
	}
}

func TestFollowedLogGoesOnAfterACut(t *testing.T) {
	content := strings.Repeat("0123456789", 1000)
	calls := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		if r.URL.Query().Get("tail") != "" {
			from = 1000
		}
		w.Header().Set(api.HeaderLogOffset, strconv.Itoa(from))
		if calls < 4 {
			fmt.Fprint(w, content[from:from+500])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, content[from:])
	})
	body, err := c.RunLog(context.Background(), petri.RunRef{Number: 1}, api.LogOptions{Follow: true, Tail: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err != nil || string(got) != content[1000:] || calls != 4 {
		t.Fatal(len(got), calls, err)
	}
}

// upload is a server that takes one blob and cuts the connection as told.
type upload struct {
	have []byte
	size string
	cuts []int // after so many bytes of a request; then no more cuts
	puts int
}

func (u *upload) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead && u.size == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.Method == http.MethodPut {
		u.puts++
		u.size = r.Header.Get(api.HeaderUploadLength)
		if r.Header.Get(api.HeaderUploadOffset) != strconv.Itoa(len(u.have)) {
			w.WriteHeader(http.StatusConflict)
			return
		}
		if len(u.cuts) > 0 {
			cut := u.cuts[0]
			u.cuts = u.cuts[1:]
			part, _ := io.ReadAll(io.LimitReader(r.Body, int64(cut)))
			u.have = append(u.have, part...)
			panic(http.ErrAbortHandler)
		}
		part, _ := io.ReadAll(r.Body)
		u.have = append(u.have, part...)
	}
	w.Header().Set(api.HeaderUploadOffset, strconv.Itoa(len(u.have)))
	if strconv.Itoa(len(u.have)) == u.size {
		w.Header().Set(api.HeaderUploadLength, u.size)
	}
	w.WriteHeader(http.StatusNoContent)
}

func TestUploadGoesOnAfterCuts(t *testing.T) {
	content := bytes.Repeat([]byte("petri "), 1<<18)
	for _, tt := range []struct {
		name string
		have int
		cuts []int
	}{
		{"whole", 0, nil},
		{"twice cut", 0, []int{100_000, 500_000}},
		{"begun earlier", 1234, []int{10}},
		{"there already", len(content), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := &upload{cuts: tt.cuts}
			if tt.have > 0 {
				u.have, u.size = bytes.Clone(content[:tt.have]), strconv.Itoa(len(content))
			}
			c := serve(t, u.ServeHTTP)
			var last int64
			err := c.UploadBlob(context.Background(), petri.DigestBytes(content), bytes.NewReader(content), int64(len(content)), func(n int64) { last = n })
			if err != nil || !bytes.Equal(u.have, content) || last != int64(len(content)) {
				t.Fatal(err, len(u.have), last)
			}
			if tt.have == len(content) && u.puts != 0 {
				t.Error("what was there was sent again")
			}
		})
	}
}

func TestUploadGivesUpAndPassesRefusalsOn(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusInsufficientStorage)
		fmt.Fprint(w, `{"error":{"kind":"exhausted","message":"the disk is full"}}`)
	})
	content := bytes.Repeat([]byte("x"), 8<<20)
	err := c.UploadBlob(context.Background(), petri.DigestBytes(content), bytes.NewReader(content), int64(len(content)), nil)
	if petri.KindOf(err) != petri.Exhausted || petri.MessageOf(err) != "the disk is full" {
		t.Fatal(err)
	}
	broken := errors.New("the disk of the client is broken")
	c = serve(t, (&upload{}).ServeHTTP)
	err = c.UploadBlob(context.Background(), "sha256:00", unreadable{broken}, 10, nil)
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
}

type unreadable struct{ err error }

func (u unreadable) Read([]byte) (int, error)       { return 0, u.err }
func (u unreadable) Seek(int64, int) (int64, error) { return 0, nil }
