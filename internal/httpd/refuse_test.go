package httpd_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

const someDigest = "sha256:00000000000000000000000000000000000000000000000000000000000000aa"

func TestWrongRequestsAreRefused(t *testing.T) {
	l := newLab(t)
	l.environment("r")
	l.project("churn", "r", map[string]string{"a": "1"})
	long := strings.Repeat("x", 70<<10)
	tests := []struct {
		request string
		body    string
		header  []string
		status  int
		kind    petri.Kind
		words   string
	}{
		{"POST environments", ``, nil, 400, petri.Invalid, "body is required"},
		{"POST environments", `{`, nil, 400, petri.Invalid, "malformed"},
		{"POST environments", `[]`, nil, 422, petri.Invalid, "malformed"},
		{"POST environments", `{"colour":"x"}`, nil, 422, petri.Invalid, "colour"},
		{"POST environments", `{"name":7}`, nil, 422, petri.Invalid, "name"},
		{"POST environments", `{"name":"No!"}`, nil, 400, petri.Invalid, "cannot name"},
		{"POST environments", `{"name":"x"}`, nil, 400, petri.Invalid, "no base given"},
		{"POST environments", `{"name":"r","base":{"kind":"image","ref":"debian:12"}}`, nil, 409, petri.Conflict, "already"},
		{"POST environments", `{"name":"x","base":{"kind":"moon","ref":"debian:12"}}`, nil, 422, petri.Invalid, "base.kind"},
		{"GET environments?archived=maybe", ``, nil, 422, petri.Invalid, "archived"},
		{"GET environments/ada/none", ``, nil, 404, petri.NotFound, "there is no environment ada/none"},
		{"PATCH environments/ada/none", `{}`, nil, 404, petri.NotFound, "none"},
		{"PATCH environments/ada/r", `{"visibility":"some"}`, nil, 400, petri.Invalid, "visibility"},
		{"POST environments/ada/none/duplicate", `{"name":"x"}`, nil, 404, petri.NotFound, "none"},
		{"GET environments/ada/none/usage", ``, nil, 404, petri.NotFound, "none"},
		{"GET environments/ada/none/revisions", ``, nil, 404, petri.NotFound, "none"},
		{"POST environments/ada/none/revisions", `{}`, nil, 404, petri.NotFound, "none"},
		{"GET environments/ada/r/revisions/9", ``, nil, 404, petri.NotFound, "ada/r@9"},
		{"GET environments/ada/r/revisions/01", ``, nil, 400, petri.Invalid, "not a revision"},
		{"POST environments/ada/r/revisions/1/build", ``, nil, 409, petri.Conflict, "ready"},
		{"POST environments/ada/r/revisions/1/cancel", ``, nil, 409, petri.Conflict, "not being built"},
		{"GET environments/ada/r/revisions/9/log", ``, nil, 404, petri.NotFound, "ada/r@9"},
		{"GET environments/ada/r/revisions/9/packages", ``, nil, 404, petri.NotFound, "ada/r@9"},
		{"GET environments-diff?a=r", ``, nil, 422, petri.Invalid, "b"},
		{"GET environments-diff?a=r&b=x@y", ``, nil, 400, petri.Invalid, "not an environment reference"},
		{"POST instructions/lint", `{}`, nil, 422, petri.Invalid, "instructions"},
		{"POST projects", `{"name":"churn"}`, nil, 409, petri.Conflict, "already"},
		{"POST projects", `{"name":"x","environment":"none"}`, nil, 404, petri.NotFound, "there is no environment ada/none"},
		{"POST projects", `{"name":"x","owner":"nobody"}`, nil, 404, petri.NotFound, "nobody"},
		{"GET projects/ada/none", ``, nil, 404, petri.NotFound, "there is no project ada/none"},
		{"PATCH projects/ada/churn", `{"visibility":"some"}`, nil, 400, petri.Invalid, "visibility"},
		{"GET projects/ada/none/commits", ``, nil, 404, petri.NotFound, "none"},
		{"GET projects/ada/churn/commits?from=zz", ``, nil, 400, petri.Invalid, "not a commit"},
		{"GET projects/ada/churn/commits?limit=-1", ``, nil, 422, petri.Invalid, "limit"},
		{"POST projects/ada/churn/commits", `{"tree":"x","parent":""}`, nil, 400, petri.Invalid, "not a digest"},
		{"POST projects/ada/churn/commits", `{"tree":"` + someDigest + `","parent":"zz"}`, nil, 400, petri.Invalid, "not a commit id"},
		{"POST projects/ada/churn/commits", `{"tree":"` + someDigest + `","parent":""}`, nil, 409, petri.Conflict, "pull"},
		{"GET projects/ada/churn/commits/0000", ``, nil, 404, petri.NotFound, ""},
		{"GET projects/ada/churn/commits/0000/files", ``, nil, 404, petri.NotFound, ""},
		{"GET projects/ada/churn/commits/head/files/none", ``, nil, 404, petri.NotFound, "none"},
		{"GET projects/ada/churn/commits/head/files/a%2Fb", ``, nil, 404, petri.NotFound, ""},
		{"POST projects/ada/churn/commits/head/pack", `{`, nil, 400, petri.Invalid, "list of digests"},
		{"POST projects/ada/churn/commits/head/pack", `{"digests":["x"]}`, nil, 400, petri.Invalid, "not a digest"},
		{"POST blobs/missing", `{"digests":["x"]}`, nil, 400, petri.Invalid, "not a digest"},
		{"POST blobs/pack", `short`, nil, 400, petri.Invalid, "cut"},
		{"POST blobs/pack", string(pack([]byte("x"))[:40]) + "y", nil, 400, petri.Invalid, "digest"},
		{"POST blobs/pack", `not zstd`, []string{"Content-Encoding", "zstd"}, 400, petri.Invalid, "zstd"},
		{"POST blobs/pack", ``, []string{"Content-Encoding", "br"}, 400, petri.Invalid, "encoding"},
		{"PUT blobs/x", ``, nil, 400, petri.Invalid, "not a digest"},
		{"PUT blobs/" + someDigest, ``, nil, 400, petri.Invalid, "Upload-Offset"},
		{"PUT blobs/" + someDigest, `abc`, []string{api.HeaderUploadOffset, "0", api.HeaderUploadLength, "3"}, 400, petri.Invalid, "digest"},
		{"PUT blobs/" + someDigest, `abc`, []string{api.HeaderUploadOffset, "1", api.HeaderUploadLength, "3"}, 409, petri.Conflict, "byte 0"},
		{"GET runs?status=asleep", ``, nil, 400, petri.Invalid, "not a run's state"},
		{"GET projects/ada/none/runs", ``, nil, 404, petri.NotFound, "none"},
		{"POST projects/ada/churn/runs", `{}`, nil, 422, petri.Invalid, "command"},
		{"POST projects/ada/churn/runs", `{"command":[]}`, nil, 400, petri.Invalid, "no command"},
		{"POST projects/ada/churn/runs", `{"command":["x"],"timeout_seconds":1e300}`, nil, 400, petri.Invalid, "time limit"},
		{"POST projects/ada/churn/runs", `{"command":["x"],"timeout_seconds":-1}`, nil, 400, petri.Invalid, "time limit"},
		{"POST projects/ada/churn/runs", `{"command":["x"],"cpus":99}`, nil, 400, petri.Invalid, "CPUs"},
		{"POST projects/ada/churn/runs", `{"command":["x"],"environment":"none"}`, nil, 404, petri.NotFound, "none"},
		{"POST projects/ada/churn/runs", `{"command":["x"],"origin":"moon"}`, nil, 422, petri.Invalid, "origin"},
		{"GET projects/ada/churn/runs/9", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"GET projects/ada/churn/runs/x", ``, nil, 422, petri.Invalid, "number"},
		{"GET projects/ada/churn/runs/9/log", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"GET projects/ada/churn/runs/x/log", ``, nil, 400, petri.Invalid, "not a run"},
		{"GET projects/ada/churn/runs/9/log?tail=x", ``, nil, 400, petri.Invalid, "tail"},
		{"GET projects/ada/churn/runs/9/log?since=x", ``, nil, 400, petri.Invalid, "since"},
		{"GET projects/ada/churn/runs/9/log?from=-1", ``, nil, 400, petri.Invalid, "from"},
		{"GET projects/ada/churn/runs/9/log?follow=x", ``, nil, 400, petri.Invalid, "follow"},
		{"GET projects/ada/churn/runs/9/events", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"POST projects/ada/churn/runs/9/stop", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"POST projects/ada/churn/runs/9/rerun", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"GET projects/ada/churn/runs/9/record", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"GET projects/ada/churn/runs/9/record/envelope", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"GET projects/ada/churn/runs/9/verify", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"GET projects/ada/churn/runs/9/packages?at=noon", ``, nil, 422, petri.Invalid, "at"},
		{"POST projects/ada/churn/runs/9/adopt", ``, nil, 404, petri.NotFound, "ada/churn#9"},
		{"GET compare?a=churn%231&b=2", ``, nil, 404, petri.NotFound, "ada/churn#1"},
		{"GET compare?a=churn&b=2", ``, nil, 400, petri.Invalid, "not a run reference"},
		{"GET nonsense", ``, nil, 404, petri.NotFound, "no such operation"},
		{"DELETE whoami", ``, nil, 404, petri.NotFound, "no such operation"},
		{"GET whoami", ``, []string{"Petri-API", "2"}, 400, petri.Invalid, "another version than the server"},
		{"GET whoami", ``, []string{"Petri-API", long[:100]}, 400, petri.Invalid, "another version"},
		{"POST projects", `{"name":"x"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403, petri.Denied, "another site"},
	}
	for _, tt := range tests {
		method, path, _ := strings.Cut(tt.request, " ")
		resp, body := l.request(method, "/api/v1/"+path, l.token, tt.body, tt.header...)
		var e api.ErrorBody
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			t.Errorf("%s: %d %q", tt.request, resp.StatusCode, body)
			continue
		}
		if resp.StatusCode != tt.status || petri.Kind(e.Error.Kind) != tt.kind || !strings.Contains(e.Error.Message, tt.words) || e.Error.RequestID == "" {
			t.Errorf("%s %.60s: got %d %s %q, want %d %s %q", tt.request, tt.body, resp.StatusCode, e.Error.Kind, e.Error.Message, tt.status, tt.kind, tt.words)
		}
		if got := resp.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: content type %q", tt.request, got)
		}
	}
}

func TestWhatIsHiddenLooksLikeWhatIsNot(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	l.environment("r")
	project, commit := l.project("churn", "r", map[string]string{"a": "1"})
	run, err := l.ada.CreateRun(ctx, project, api.NewRun{Command: []string{"true"}})
	l.must(err)
	for path, methods := range l.document().Paths {
		for method := range methods {
			var hidden, absent string
			switch {
			case strings.Contains(path, "/environments/{owner}"):
				hidden, absent = "ada/r", "ada/s"
			case strings.Contains(path, "/projects/{owner}"):
				hidden, absent = "ada/churn", "ada/churm"
			default:
				continue
			}
			body := map[string]string{"/duplicate": `{"name":"x"}`, "/commits": `{"tree":"` + commit.Tree + `","parent":""}`, "/runs": `{"command":["x"]}`, "/pack": `{"digests":[]}`, "/bisections": `{"project":"ada/churn","check":"x","good":1,"bad":2}`, "/accept": `{"run":"ada/churn#1","note":"n"}`}[path[strings.LastIndex(path, "/"):]]
			if body == "" {
				body = `{}`
			}
			var answers []string
			for _, name := range []string{hidden, absent} {
				concrete := strings.Replace(path, "{owner}/{name}", name, 1)
				concrete = strings.NewReplacer("{revision}", "1", "{number}", "1", "{check}", "x", "{commit}", "head", "{path...}", "a").Replace(concrete)
				resp, text := l.request(strings.ToUpper(method), concrete, l.bobToken, body)
				var e api.ErrorBody
				l.must(json.Unmarshal([]byte(text), &e))
				if resp.StatusCode != http.StatusNotFound {
					t.Errorf("%s %s: %d %s", method, concrete, resp.StatusCode, text)
				}
				answers = append(answers, strings.ReplaceAll(e.Error.Message, name, "X"))
			}
			if answers[0] != answers[1] {
				t.Errorf("%s %s: %q against %q", method, path, answers[0], answers[1])
			}
		}
	}
	if runs, err := l.bob.Runs(ctx, api.RunFilter{}); err != nil || len(runs) != 0 {
		t.Error(runs, err)
	}
	_, err = l.bob.Compare(ctx, petri.RunRef{Project: project, Number: run.Number}, petri.RunRef{Project: project, Number: 1}, api.CompareRules{})
	l.wantKind(err, petri.NotFound, "there is no project ada/churn")
}

func TestPacksThatUnfoldTooFarAreRefused(t *testing.T) {
	l := newLab(t)
	zeros := pack(make([]byte, 1<<20))
	var bomb bytes.Buffer
	encoder, err := zstd.NewWriter(&bomb, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	l.must(err)
	for range 1 << 9 {
		_, err = encoder.Write(zeros)
		l.must(err)
	}
	l.must(encoder.Close())
	l.wantKind(l.ada.SendPack(t.Context(), &bomb, true), petri.Invalid, "unfolds")
}

func TestLargeBodiesAreRefused(t *testing.T) {
	l := newLab(t)
	resp, body := l.request("POST", "/api/v1/instructions/lint", l.token, `{"instructions":"`+strings.Repeat("x", 65<<20)+`"}`)
	if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, `"exhausted"`) {
		t.Errorf("%d %.200s", resp.StatusCode, body)
	}
}
