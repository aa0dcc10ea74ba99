package httpd

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

// op describes one operation; routes.go lists them.
type op struct {
	// route is the method and the path below /api/v1.
	route   string
	id      string
	summary string
	tag     string
	// kinds are the errors that its callers should expect, besides unauthenticated and internal.
	kinds []petri.Kind
	// status of success; 200 where absent.
	status int
	// public operations need no token.
	public bool
	// grows: it makes the data folder grow, and is refused where the disk is nearly full.
	grows bool
	// body is, for raw operations, the media type of the request's body; answer that of the
	// answer's.
	body   string
	answer string
	query  []string
	header []string
}

const prefix = "/api/v1"

// maxJSON bounds the bodies that are decoded in memory: a list of 100,000 digests has 8 MB.
const maxJSON = 64 << 20

// answer is what huma encodes.
type answer[O any] struct{ Body O }

// handle registers an operation that takes and gives JSON.
func handle[I, O any](s *server, o op, fn func(context.Context, access.Caller, *I) (O, error)) {
	huma.Register(s.api, s.describe(o), func(ctx context.Context, in *I) (*answer[O], error) {
		out, err := fn(ctx, callerOf(ctx), in)
		if err != nil {
			return nil, refuse(notesOf(ctx), err)
		}
		return &answer[O]{Body: out}, nil
	})
}

// stream registers an operation that reads or writes something else than JSON.
func stream(s *server, o op, fn func(http.ResponseWriter, *http.Request, access.Caller) error) {
	described := s.describe(o)
	s.describeStream(&described, o)
	s.api.OpenAPI().AddOperation(&described)
	s.api.Adapter().Handle(&described, described.Middlewares.Handler(func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		r = r.WithContext(ctx.Context())
		if err := fn(w, r, callerOf(r.Context())); err != nil {
			s.breakOff(w, r, err)
		}
	}))
}

// breakOff answers with err where nothing was sent yet; else it cuts the connection, so that
// nobody takes half an answer for a whole one.
func (s *server) breakOff(w http.ResponseWriter, r *http.Request, err error) {
	if rec, ok := w.(*recorder); ok && rec.status == 0 {
		writeError(w, r, err)
		return
	}
	notesOf(r.Context()).err = err
	panic(http.ErrAbortHandler)
}

func (s *server) describe(o op) huma.Operation {
	method, path, _ := strings.Cut(o.route, " ")
	described := huma.Operation{
		OperationID: o.id, Method: method, Path: prefix + path, Summary: o.summary, Tags: []string{o.tag},
		DefaultStatus: o.status, MaxBodyBytes: maxJSON, BodyReadTimeout: -1,
		Responses: map[string]*huma.Response{},
	}
	kinds := append([]petri.Kind{petri.Internal}, o.kinds...)
	if !o.public {
		kinds = append(kinds, petri.Unauthenticated)
		described.Security = []map[string][]string{{"token": {}}}
		described.Middlewares = huma.Middlewares{s.authenticate}
	}
	if o.grows {
		described.Middlewares = append(described.Middlewares, s.checkRoom)
	}
	body := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.ErrorBody](), true, "")
	for _, kind := range kinds {
		described.Responses[strconv.Itoa(statusOf(kind))] = &huma.Response{
			Description: "Error of kind " + string(kind),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: body}},
		}
		if kind == petri.Invalid {
			described.Responses["422"] = described.Responses["400"]
		}
	}
	return described
}

// checkRoom refuses to begin what makes the data folder grow on a disk that is nearly full.
func (s *server) checkRoom(ctx huma.Context, next func(huma.Context)) {
	if s.Room != nil {
		if err := s.Room(); err != nil {
			r, w := humago.Unwrap(ctx)
			writeError(w, r, err)
			return
		}
	}
	next(ctx)
}

func (s *server) describeStream(described *huma.Operation, o op) {
	text := &huma.Schema{Type: huma.TypeString}
	for _, segment := range strings.Split(described.Path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			described.Parameters = append(described.Parameters, &huma.Param{Name: strings.Trim(name, "}."), In: "path", Required: true, Schema: text})
		}
	}
	for _, name := range o.query {
		described.Parameters = append(described.Parameters, &huma.Param{Name: name, In: "query", Schema: text})
	}
	for _, name := range o.header {
		described.Parameters = append(described.Parameters, &huma.Param{Name: name, In: "header", Schema: text})
	}
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	switch o.body {
	case "":
	case "application/json":
		described.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			o.body: {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.Digests](), true, "")},
		}}
	default:
		described.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{o.body: {Schema: binary}}}
	}
	success := &huma.Response{Description: "Success"}
	if o.answer != "" {
		success.Content = map[string]*huma.MediaType{o.answer: {Schema: binary}}
	}
	described.Responses[strconv.Itoa(max(o.status, http.StatusOK))] = success
}
