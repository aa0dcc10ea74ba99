package runs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gowebpki/jcs"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/store"
)

// Verification is what recomputing a run's record found.
type Verification struct {
	Run    petri.RunRef
	Record petri.Digest
	Checks []Check
}

// Check is one step of a verification. Detail says what was looked at or, where it is not OK,
// what is wrong.
type Check struct {
	Name   string
	OK     bool
	Detail string
}

// OK tells whether every check is.
func (v Verification) OK() bool {
	for _, check := range v.Checks {
		if !check.OK {
			return false
		}
	}
	return true
}

// The names of the checks, in their order.
const (
	CheckCanonical = "canonical form"
	CheckDigest    = "digest"
	CheckChain     = "chain"
	CheckSignature = "signature"
	CheckRow       = "database"
	CheckCommit    = "commit"
	CheckCode      = "code"
	CheckResults   = "results"
	CheckLog       = "log"
	CheckPackages  = "package lists"
	CheckFacts     = "facts"
)

// Verify recomputes a run's record from the rows and down to each blob. What is wrong is a
// check that is not OK; an error means that verifying itself was not possible. Kind not_found
// where the run has no record.
func (s *Service) Verify(ctx context.Context, c access.Caller, ref petri.RunRef) (Verification, error) {
	stored, err := s.Record(ctx, c, ref)
	if err != nil {
		return Verification{}, err
	}
	e, err := s.evidence(ctx, stored)
	if err != nil {
		return Verification{}, err
	}
	checks := []struct {
		name string
		fn   func(context.Context) (string, error)
	}{
		{CheckCanonical, e.canonical}, {CheckDigest, e.digest}, {CheckChain, e.chain}, {CheckSignature, e.signature},
		{CheckRow, e.row}, {CheckCommit, e.commits}, {CheckCode, e.code}, {CheckResults, e.resultFiles}, {CheckLog, e.log}, {CheckPackages, e.packages}, {CheckFacts, e.facts},
	}
	v := Verification{Run: e.run.Ref, Record: stored.Digest}
	for _, check := range checks {
		detail, err := e.ask(ctx, check.fn)
		if ctx.Err() != nil {
			return Verification{}, context.Cause(ctx)
		}
		if err != nil {
			detail = petri.MessageOf(err)
		}
		v.Checks = append(v.Checks, Check{Name: check.name, OK: err == nil, Detail: detail})
	}
	return v, nil
}

// ask makes one check. Of a document that is no record there is only that to say.
func (e *evidence) ask(ctx context.Context, check func(context.Context) (string, error)) (string, error) {
	if e.readable != nil {
		return "", wrong("the document is not a record: it is no JSON of that form")
	}
	return check(ctx)
}

// evidence is all rows that a verification looks at.
type evidence struct {
	*Service
	stored      store.StoredRecord
	says        petri.Record
	readable    error // why the document cannot be read as a record
	run         petri.Run
	revision    petri.Revision
	commit      petri.Commit
	results     petri.Commit
	resultsErr  error
	predecessor store.StoredRecord
	seen        map[petri.Digest]bool // blobs found to be right
}

func (s *Service) evidence(ctx context.Context, stored store.StoredRecord) (*evidence, error) {
	e := &evidence{Service: s, stored: stored, seen: map[petri.Digest]bool{}}
	e.readable = json.Unmarshal(stored.Document, &e.says)
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if e.run, err = tx.Runs().ByID(stored.Run); err != nil {
			return err
		}
		if e.revision, err = tx.Revisions().ByID(e.run.RevisionID); err != nil {
			return err
		}
		if e.commit, err = tx.Commits().ByID(e.run.ProjectID, e.run.Commit); err != nil {
			return err
		}
		if e.run.Results != "" {
			e.results, e.resultsErr = tx.Commits().ByID(e.run.ProjectID, e.run.Results)
		}
		if stored.Sequence > 1 {
			e.predecessor, err = tx.Records().At(e.run.ProjectID, stored.Sequence-1)
			if petri.KindOf(err) == petri.NotFound {
				err = nil
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("gather what run %s is made of: %w", e.run.Ref, err)
	}
	return e, nil
}

// wrong is what a check finds fault with.
func wrong(format string, args ...any) error { return petri.Errorf(petri.Invalid, format, args...) }

func (e *evidence) canonical(context.Context) (string, error) {
	again, err := jcs.Transform(e.stored.Document)
	if err != nil {
		return "", wrong("the document has no canonical form: %v", err)
	}
	if !bytes.Equal(again, e.stored.Document) {
		return "", wrong("the document is not in canonical form")
	}
	if e.says.Type != petri.RecordType {
		return "", wrong("the document's type is %q, not %s", e.says.Type, petri.RecordType)
	}
	return fmt.Sprintf("%d bytes by RFC 8785", len(again)), nil
}

func (e *evidence) digest(context.Context) (string, error) {
	got := petri.DigestBytes(e.stored.Document)
	switch {
	case got != e.stored.Digest:
		return "", wrong("the document's digest is %s, and %s was kept", got, e.stored.Digest)
	case got != e.run.Record:
		return "", wrong("the document's digest is %s, and the run says %s", got, e.run.Record)
	}
	return string(got), nil
}

func (e *evidence) chain(context.Context) (string, error) {
	s, before := e.stored, e.predecessor
	switch {
	case e.says.Sequence != s.Sequence || e.says.Previous != s.Previous:
		return "", wrong("the document says number %d after %q, and it is kept as number %d after %q", e.says.Sequence, e.says.Previous.Short(), s.Sequence, s.Previous.Short())
	case s.Sequence == 1 && s.Previous != "":
		return "", wrong("the first record of the project names one before it")
	case s.Sequence == 1:
		return "the first of the project", nil
	case len(before.Document) == 0:
		return "", wrong("record number %d, which comes before, is missing", s.Sequence-1)
	}
	if got := petri.DigestBytes(before.Document); got != s.Previous {
		return "", wrong("record number %d, which comes before, was altered: its digest is %s, and this one names %s", s.Sequence-1, got.Short(), s.Previous.Short())
	}
	return fmt.Sprintf("number %d, after %s", s.Sequence, s.Previous.Short()), nil
}

func (e *evidence) signature(ctx context.Context) (string, error) {
	var envelope dsse.Envelope
	if err := json.Unmarshal(e.stored.Envelope, &envelope); err != nil {
		return "", wrong("the envelope is not one: %v", err)
	}
	verifier, err := dsse.NewEnvelopeVerifier(e.key)
	if err != nil {
		return "", err
	}
	_, body, err := verifier.VerifyAndDecode(ctx, &envelope)
	switch {
	case err != nil:
		return "", wrong("the envelope is not signed with this server's key: %v", err)
	case envelope.PayloadType != petri.RecordPayloadType:
		return "", wrong("the envelope holds %q, not a record", envelope.PayloadType)
	case !bytes.Equal(body, e.stored.Document):
		return "", wrong("the envelope holds another document")
	}
	return "Ed25519, key " + e.key.id[:12], nil
}

// row composes the record anew from the rows, and compares what the document says with it.
func (e *evidence) row(context.Context) (string, error) {
	text, err := json.Marshal(compose(e.run, e.revision, e.commit, account{
		sequence: e.stored.Sequence, previous: e.stored.Previous, server: e.says.Server,
		host: e.says.Host, logBytes: e.says.Log.Bytes, resultsTree: e.results.Tree, leftOut: e.says.Results.LeftOut,
	}))
	if err != nil {
		return "", err
	}
	var document, rows any
	if err := errors.Join(json.Unmarshal(e.stored.Document, &document), json.Unmarshal(text, &rows)); err != nil {
		return "", wrong("the document cannot be compared with the run: %v", err)
	}
	field := disagreement("", document, rows)
	if field == "" {
		field = e.unsaid()
	}
	if field != "" {
		return "", wrong("the run in the database says something else than its record about %s", field)
	}
	return "the run says the same", nil
}

// unsaid is a field that the run has and its record leaves out, as empty ones are and all those
// that came later than the record; "" for none.
func (e *evidence) unsaid() string {
	switch {
	case e.says.Check == "" && e.run.Check != "":
		return "check"
	case e.says.Facts == "" && e.run.Facts != "":
		return "facts"
	case e.says.Packages.Loaded == "" && e.run.Loaded != "":
		return "packages.loaded"
	case len(e.says.Metrics) == 0 && len(e.run.Metrics) > 0:
		return "metrics"
	}
	return ""
}

// disagreement is the first field of the document that rows have otherwise; "" for none. Fields
// that a later version would write are none of an older document's.
func disagreement(at string, document, rows any) string {
	said, isObject := document.(map[string]any)
	if !isObject {
		a, errA := json.Marshal(document)
		b, errB := json.Marshal(rows)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			return at
		}
		return ""
	}
	have, _ := rows.(map[string]any)
	for _, name := range sortedKeys(said) {
		field := name
		if at != "" {
			field = at + "." + name
		}
		value, found := have[name]
		if !found {
			return field
		}
		if wrongField := disagreement(field, said[name], value); wrongField != "" {
			return wrongField
		}
	}
	return ""
}
