package httpd

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// statusCanceled is what logs and metrics show for a caller that went away; no caller sees it.
const statusCanceled = 499

// statusOf is the HTTP status that stands for a kind of error.
func statusOf(kind petri.Kind) int {
	switch kind {
	case petri.Invalid:
		return http.StatusBadRequest
	case petri.Unauthenticated:
		return http.StatusUnauthorized
	case petri.Denied:
		return http.StatusForbidden
	case petri.NotFound:
		return http.StatusNotFound
	case petri.Conflict:
		return http.StatusConflict
	case petri.Exhausted:
		return http.StatusInsufficientStorage
	case petri.Unavailable:
		return http.StatusServiceUnavailable
	case petri.Canceled:
		return statusCanceled
	}
	return http.StatusInternalServerError
}

// kindOf is the kind of the errors that huma and the router find by themselves.
func kindOf(status int) petri.Kind {
	switch status {
	case http.StatusUnauthorized:
		return petri.Unauthenticated
	case http.StatusForbidden:
		return petri.Denied
	case http.StatusNotFound:
		return petri.NotFound
	case http.StatusRequestEntityTooLarge:
		return petri.Exhausted
	case http.StatusRequestTimeout:
		return petri.Canceled
	}
	if status >= 500 {
		return petri.Internal
	}
	return petri.Invalid
}

// refusal is an error on its way out of a huma handler.
type refusal struct {
	status int
	body   api.ErrorBody
}

func (e *refusal) Error() string { return e.body.Error.Message }

// GetStatus makes it huma's StatusError.
func (e *refusal) GetStatus() int { return e.status }

// MarshalJSON writes the body alone.
func (e *refusal) MarshalJSON() ([]byte, error) { return json.Marshal(e.body) }

// refuse makes the answer for err and leaves err in the request's notes, for the log.
func refuse(n *notes, err error) *refusal {
	n.err = err
	kind := petri.KindOf(err)
	return &refusal{
		status: statusOf(kind),
		body:   api.ErrorBody{Error: api.ErrorDetail{Kind: string(kind), Message: petri.MessageOf(err), RequestID: n.id}},
	}
}

// writeError answers with err outside of huma.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	if petri.KindOf(err) == petri.Canceled && r.Context().Err() == nil {
		// Not the caller went away, who may ask again soon.
		err = petri.Wrap(petri.Unavailable, err, "the server is stopping")
	}
	e := refuse(notesOf(r.Context()), err)
	header := w.Header()
	header.Del("Content-Length")
	header.Del("Content-Encoding")
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	if e.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(e.status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(e)
	}
}

// translate turns the errors that huma makes by itself into Petri's form.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	n := notesOf(ctx.Context())
	ctx.SetHeader("Content-Type", "application/json")
	kind := kindOf(model.Status)
	message := "something went wrong inside Petri; the server's log has the details under this request id"
	if kind != petri.Internal {
		message = describe(model)
	}
	if n.err == nil {
		n.err = errors.New(describe(model))
	}
	return &refusal{status: model.Status, body: api.ErrorBody{Error: api.ErrorDetail{Kind: string(kind), Message: message, RequestID: n.id}}}, nil
}

// describe says in a sentence what huma found wrong with a request, without repeating
// what was sent.
func describe(model *huma.ErrorModel) string {
	const most = 5
	var found []string
	for i, detail := range model.Errors {
		if detail == nil {
			continue
		}
		if i == most {
			found = append(found, "and more")
			break
		}
		place := strings.TrimPrefix(strings.TrimPrefix(detail.Location, "body"), ".")
		if place != "" {
			place += ": "
		}
		found = append(found, place+plainJSON(detail.Message))
	}
	switch {
	case model.Status == http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("the request is larger than %s, the most that one may be; send what is large as blobs", petri.FormatBytes(maxJSON))
	case len(found) == 0:
		return "the request is malformed: " + plainJSON(model.Detail)
	}
	return "the request is malformed: " + strings.Join(found, "; ")
}

// wrongJSON is how the JSON decoder tells of a value that its target cannot hold.
var wrongJSON = regexp.MustCompile(`^json: cannot unmarshal (number \S+|\w+) into Go struct field \w+\.(\S+) of type \S+$`)

// wrongPlace is the same without a name of where that is.
var wrongPlace = regexp.MustCompile(`^json: cannot unmarshal (number \S+|\w+) into Go value of type \S+$`)

// plainJSON leaves the names of our own types out of a message.
func plainJSON(message string) string {
	if found := wrongJSON.FindStringSubmatch(message); found != nil {
		return found[2] + ": it cannot be " + found[1]
	}
	if found := wrongPlace.FindStringSubmatch(message); found != nil {
		return found[1] + " stands where it cannot"
	}
	return message
}
