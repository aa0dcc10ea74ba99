package httpd

import (
	"context"
	"net/http"
	"strconv"

	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
)

func (s *server) getRecord(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	return s.record(w, r, c, func(record store.StoredRecord) []byte { return record.Document })
}

func (s *server) getRecordEnvelope(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	return s.record(w, r, c, func(record store.StoredRecord) []byte { return record.Envelope })
}

// record sends a part of a record byte for byte.
func (s *server) record(w http.ResponseWriter, r *http.Request, c access.Caller, part func(store.StoredRecord) []byte) error {
	ref, err := runOf(r, c)
	if err != nil {
		return err
	}
	record, err := s.Runs.Record(r.Context(), c, ref)
	if err != nil {
		return err
	}
	bytes := part(record)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(bytes)))
	_, err = w.Write(bytes)
	return gone(err)
}

func (s *server) verifyRun(ctx context.Context, c access.Caller, in *RunPath) (api.Verification, error) {
	v, err := s.Runs.Verify(ctx, c, in.ref(c))
	return api.Verification{
		Run: v.Run.String(), OK: v.OK(), Record: string(v.Record), Checks: list(v.Checks, encodeCheck),
	}, err
}

func encodeCheck(c runs.Check) api.Check {
	status := "ok"
	if !c.OK {
		status = "failed"
	}
	return api.Check{Name: c.Name, Status: status, Detail: c.Detail}
}
