package httpd

import (
	"fmt"
	"net/http"

	"github.com/petri-dev/petri"
)

const frontText = `Petri %s

This is a Petri server: named environments, runs in them, and a record of every run.

  petri login %s      use it from the command line
  petri --help

  /api/openapi.json   the API, as OpenAPI 3.1
  /healthz            whether it is well
  /metrics            its numbers, for Prometheus

Documentation: https://github.com/petri-dev/petri
`

// front says what this is to whoever opens it in a browser.
func (s *server) front(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	fmt.Fprintf(w, frontText, s.Version, "http://"+r.Host)
}

func (s *server) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(s.document)
}

func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	writeError(w, r, petri.Errorf(petri.NotFound, "there is no such operation: %s %.200q; /api/openapi.json lists all", r.Method, r.URL.EscapedPath()))
}
