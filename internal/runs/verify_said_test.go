package runs_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
)

// sealedSaying is a run of which all is known: facts, what it loaded, what it said.
func (w *world) sealedSaying() petri.Run {
	w.Helper()
	f := w.finished(petri.Outcome{})
	half := 0.5
	f.Metrics = []petri.Metric{{Name: "auc", Number: &half}, {Name: "model", Text: "gbm"}}
	f.Facts = w.put(string(petri.NewFacts([]petri.Fact{{Name: petri.FactLibc, Value: "glibc 2.36"}}).Encode()))
	f.Loaded = w.put(string(petri.NewPackageList([]petri.Package{{Ecosystem: "r", Name: "survival", Version: "3.5"}}).Encode()))
	r, err := w.Seal(ctx, w.collecting(w.submit()).ID, f)
	w.must(err)
	return r
}

func TestRecordOfFactsAndMetrics(t *testing.T) {
	w := newWorld(t)
	r := w.sealedSaying()
	document := string(w.stored(1).Document)
	for _, want := range []string{
		`"facts":"` + string(r.Facts) + `"`, `"loaded":"` + string(r.Loaded) + `"`,
		`"metrics":[{"name":"auc","value":0.5},{"name":"model","value":"gbm"}]`,
	} {
		if !strings.Contains(document, want) {
			t.Errorf("the record lacks %s: %s", want, document)
		}
	}
	v, err := w.Verify(ctx, w.alice, run(1))
	w.must(err)
	if !v.OK() {
		t.Errorf("%+v", v)
	}
	list, err := w.Loaded(ctx, w.alice, run(1))
	w.must(err)
	if len(list) != 1 || list[0].Name != "survival" {
		t.Errorf("loaded %v", list)
	}
	w.sealed(petri.Outcome{})
	_, err = w.Loaded(ctx, w.alice, run(2))
	w.refused(err, petri.NotFound, "it is not known which packages run alice/p#2 loaded")
	w.submit()
	_, err = w.Loaded(ctx, w.alice, run(3))
	w.refused(err, petri.Conflict, "is known when it has ended: it is queued")
	_, err = w.Loaded(ctx, w.bob, run(1))
	w.refused(err, petri.NotFound, "there is no project")
}

func TestVerifyFindsAlteredFactsAndMetrics(t *testing.T) {
	for name, test := range map[string]struct {
		alter func(*world, petri.Run)
		want  string
	}{
		"a metric":         {func(w *world, _ petri.Run) { w.meddle("UPDATE runs SET metrics = replace(metrics, '0.5', '0.9')") }, runs.CheckRow},
		"metrics away":     {func(w *world, _ petri.Run) { w.meddle("UPDATE runs SET metrics = 'null'") }, runs.CheckRow},
		"loaded away":      {func(w *world, _ petri.Run) { w.meddle("UPDATE runs SET loaded = ''") }, runs.CheckRow},
		"the facts":        {func(w *world, r petri.Run) { w.flip(r.Facts, false) }, runs.CheckFacts},
		"facts away":       {func(w *world, r petri.Run) { w.flip(r.Facts, true) }, runs.CheckFacts},
		"what was loaded":  {func(w *world, r petri.Run) { w.flip(r.Loaded, false) }, runs.CheckPackages},
		"loaded list away": {func(w *world, r petri.Run) { w.flip(r.Loaded, true) }, runs.CheckPackages},
	} {
		w := newWorld(t)
		test.alter(w, w.sealedSaying())
		if failed := w.failing(1); !slices.Equal(failed, []string{test.want}) {
			t.Errorf("%s: %v failed, want %s", name, failed, test.want)
		}
	}
	// What a record leaves out, nobody can add to its run.
	for _, statement := range []string{
		`UPDATE runs SET metrics = '[{"name":"auc","value":1}]'`, "UPDATE runs SET facts = 'sha256:00'", "UPDATE runs SET loaded = 'sha256:00'",
	} {
		w := newWorld(t)
		w.sealed(petri.Outcome{})
		w.meddle(statement)
		if failed := w.failing(1); !slices.Equal(failed, []string{runs.CheckRow}) {
			t.Errorf("%s: %v failed", statement, failed)
		}
	}
}

func (w *world) failing(n int) []string {
	w.Helper()
	v, err := w.Verify(ctx, w.alice, run(n))
	w.must(err)
	failed := []string{}
	for _, check := range v.Checks {
		if !check.OK {
			failed = append(failed, check.Name)
		}
	}
	return failed
}

// TestEarlierRecords: a record made before there were facts and metrics reads as it did, byte for
// byte, and a run of which none are known is still recorded in that form.
func TestEarlierRecords(t *testing.T) {
	before, err := os.ReadFile("testdata/record-before-metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var record petri.Record
	if err := json.Unmarshal(before, &record); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := jcs.Transform(text); err != nil || string(again) != string(before) {
		t.Errorf("it became, %v:\n%s\nfrom:\n%s", err, again, before)
	}
	w := newWorld(t)
	w.sealed(petri.Outcome{})
	if was, is := fieldsOf(t, before), fieldsOf(t, w.stored(1).Document); !slices.Equal(was, is) {
		t.Errorf("fields were %v, and are %v", was, is)
	}
}

// fieldsOf are the names of all fields of a document's objects, with their place.
func fieldsOf(t *testing.T, document []byte) []string {
	t.Helper()
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatal(err)
	}
	fields := []string{}
	var walk func(at string, value any)
	walk = func(at string, value any) {
		if object, ok := value.(map[string]any); ok {
			for name, below := range object {
				fields = append(fields, at+name)
				walk(at+name+".", below)
			}
		}
	}
	walk("", value)
	slices.Sort(fields)
	return fields
}
