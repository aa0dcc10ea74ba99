package httpd_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

type operation struct {
	OperationID string                     `json:"operationId"`
	Summary     string                     `json:"summary"`
	Tags        []string                   `json:"tags"`
	Security    []map[string][]string      `json:"security"`
	Responses   map[string]json.RawMessage `json:"responses"`
}

type document struct {
	OpenAPI string                          `json:"openapi"`
	Paths   map[string]map[string]operation `json:"paths"`
}

func (l *lab) document() document {
	l.Helper()
	resp, err := http.Get(l.server.URL + "/api/openapi.json")
	l.must(err)
	defer resp.Body.Close()
	var doc document
	l.must(json.NewDecoder(resp.Body).Decode(&doc))
	return doc
}

var inPath = regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`)

// request is one raw call.
func (l *lab) request(method, path, token, body string, header ...string) (*http.Response, string) {
	l.Helper()
	req, err := http.NewRequestWithContext(l.Context(), method, l.server.URL+path, strings.NewReader(body))
	l.must(err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	l.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	l.must(err)
	return resp, string(text)
}

func TestEveryOperationIsDescribed(t *testing.T) {
	l := newLab(t)
	doc := l.document()
	if doc.OpenAPI != "3.1.0" || len(doc.Paths) < 30 {
		t.Fatalf("version %s, %d paths", doc.OpenAPI, len(doc.Paths))
	}
	ids := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			name := method + " " + path
			if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 || ids[o.OperationID] {
				t.Errorf("%s: id %q, summary %q, tags %v", name, o.OperationID, o.Summary, o.Tags)
			}
			ids[o.OperationID] = true
			if strings.Contains(path, "{") && o.Responses["404"] == nil && method != "put" {
				t.Errorf("%s does not say not_found", name)
			}
			success := false
			for status := range o.Responses {
				success = success || strings.HasPrefix(status, "2")
			}
			if !success || o.Responses["500"] == nil {
				t.Errorf("%s: answers %v", name, o.Responses)
			}
		}
	}
}

func TestEveryOperationRefusesStrangers(t *testing.T) {
	l := newLab(t)
	for path, methods := range l.document().Paths {
		for method, o := range methods {
			if path == "/api/v1/server" {
				continue
			}
			if len(o.Security) == 0 {
				t.Errorf("%s %s is described as open to all", method, path)
			}
			for name, token := range map[string]string{"nobody": "", "a wrong token": "ptr_00000000000000000000000000000000"} {
				concrete := inPath.ReplaceAllString(path, "1")
				resp, body := l.request(strings.ToUpper(method), concrete, token, `{"nonsense":`)
				var e api.ErrorBody
				if method != "head" {
					l.must(json.Unmarshal([]byte(body), &e))
				} else {
					e.Error.Kind, e.Error.RequestID = "unauthenticated", resp.Header.Get(api.HeaderRequestID)
				}
				if resp.StatusCode != http.StatusUnauthorized || petri.Kind(e.Error.Kind) != petri.Unauthenticated || e.Error.RequestID == "" || resp.Header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s %s as %s: %d %s", method, path, name, resp.StatusCode, body)
				}
			}
		}
	}
}
