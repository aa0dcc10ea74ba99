package httpd

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/blob"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/projects"
	"github.com/petri-dev/petri/internal/recall"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/trials"
)

// Config is what the edge needs; all of it but Doctor, Engine, Room, Stop and Now must be there.
type Config struct {
	DB    *store.DB
	Blobs blob.Store
	Files *files.Files
	Envs  *envs.Service
	Runs  *runs.Service
	// Trials is not started here.
	Trials *trials.Service
	// Data is the data folder, in which the logs of living runs and builds stand.
	Data string
	// Doctor looks at engine, disk and clock.
	Doctor func(context.Context) []api.Check
	// Engine tells whether the container engine answers; nil where it does.
	Engine func(context.Context) error
	// Room refuses what would fill the disk; nil where it never does.
	Room func() error
	// Stop is closed when the server is about to end: streams are cut then, and callers ask again.
	Stop     <-chan struct{}
	Log      *slog.Logger
	Version  string
	ServerID string
	Now      func() time.Time
}

type server struct {
	Config
	projects *projects.Service
	recall   *recall.Service
	log      *slog.Logger
	api      huma.API
	metrics  *metrics
	document []byte
}

// New is the handler for everything that the server answers. It may be called concurrently.
func New(c Config) http.Handler {
	s := &server{Config: c, log: c.Log}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.projects = projects.New(c.DB, s.Now)
	s.recall = recall.New(c.DB, c.Blobs, s.log)
	s.metrics = newMetrics(c.Version, &state{db: c.DB})
	mux := http.NewServeMux()
	s.api = humago.New(mux, documentConfig(c.Version))
	s.routes()
	s.document = mustEncode(s.api.OpenAPI())
	mux.HandleFunc("GET /api/openapi.json", s.openAPI)
	mux.HandleFunc("GET /healthz", s.health)
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("GET /{$}", s.front)
	mux.HandleFunc("/", s.unknown)
	return s.observe(guard(mux))
}

// Server gives handler the limits that every listener of ours should have. Bodies and
// answers have no overall limit, since some take hours; each piece of a body has one.
func Server(handler http.Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		Protocols:         protocols,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func documentConfig(version string) huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[api.Time](), reflect.TypeFor[time.Time]())
	registry.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[api.ErrorBody]())
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Petri", Version: version, License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
				Description: "Environments, projects, runs and their records. Times are RFC 3339 UTC, durations seconds, sizes bytes.",
			},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "a token, ptr_…"},
				},
			},
			Tags: []*huma.Tag{
				{Name: tagServer, Description: "the server itself"},
				{Name: tagEnvironments, Description: "named lines of revisions, and their builds"},
				{Name: tagProjects, Description: "projects, commits and their files"},
				{Name: tagBlobs, Description: "content by digest, on its way to the server"},
				{Name: tagRuns, Description: "runs, logs, records and results"},
				{Name: tagStudies, Description: "questions that take several runs: checks, reproductions, trials, bisections"},
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{translate},
	}
}

// jsonFormat writes JSON as the command line does: < and & as they are.
func jsonFormat() huma.Format {
	f := huma.DefaultJSONFormat
	f.Unmarshal = json.Unmarshal
	return f
}

func mustEncode(document *huma.OpenAPI) []byte {
	b, err := json.Marshal(document)
	if err != nil {
		panic(fmt.Sprintf("httpd: the description of our own routes does not encode: %v", err))
	}
	return b
}
