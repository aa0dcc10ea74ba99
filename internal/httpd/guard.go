package httpd

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// bodyPause is how long a body may stand still before we give its sender up.
const bodyPause = time.Minute

// guard refuses what no operation should have to look at: pages of other sites, clients of
// another API, and bodies that never come.
func guard(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeError(w, r, petri.Errorf(petri.Denied, "another site's page may not make this request"))
	}))
	return origins.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := checkVersion(r); err != nil {
			writeError(w, r, err)
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &patientBody{ReadCloser: r.Body, control: http.NewResponseController(w)}
		}
		next.ServeHTTP(w, r)
	}))
}

func checkVersion(r *http.Request) error {
	asked := r.Header.Get(api.HeaderVersion)
	if asked == "" || asked == strconv.Itoa(api.Version) || !strings.HasPrefix(r.URL.Path, "/api/v1/") {
		return nil
	}
	return petri.Errorf(petri.Invalid, "this petri is of another version than the server: it speaks API %.20q, the server API %d; install the petri that belongs to the server", asked, api.Version)
}

// patientBody gives each read its own deadline, so that a long upload may take hours but
// may not stand still; a deadline for the whole would end slow honest ones, and one left behind
// would end the handler that works on.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *patientBody) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(time.Now().Add(bodyPause))
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
