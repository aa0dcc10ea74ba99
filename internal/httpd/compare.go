package httpd

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

// optional is a number in a query that may be absent, which is not zero.
type optional struct {
	Value float64
	Given bool
}

// Schema makes it huma's SchemaProvider: in the description it is a number.
func (optional) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[float64]())
}

// Receiver makes it huma's ParamWrapper: what is read goes to Value.
func (o *optional) Receiver() reflect.Value { return reflect.ValueOf(o).Elem().Field(0) }

// OnParamSet makes it huma's ParamReactor.
func (o *optional) OnParamSet(given bool, _ any) { o.Given = given }

func (o optional) pointer() *float64 {
	if !o.Given {
		return nil
	}
	return &o.Value
}

type compareInput struct {
	A       string   `query:"a" required:"true" doc:"a run, owner/project#n"`
	B       string   `query:"b" required:"true"`
	RTol    optional `query:"rtol" doc:"numbers may differ by this, relative to B's"`
	ATol    optional `query:"atol" doc:"and by this"`
	Keys    []string `query:"key,explode" doc:"columns that tell which rows of tables belong together"`
	Results []string `query:"result,explode" doc:"patterns of the result files that count; all where there are none"`
	Ignore  []string `query:"ignore,explode" doc:"patterns of the result files that do not count"`
	Stdout  string   `query:"stdout" doc:"rules, exact or ignore"`
}

func (s *server) compareRuns(ctx context.Context, c access.Caller, in *compareInput) (api.Comparison, error) {
	a, b, err := twoRuns(c, in.A, in.B)
	if err != nil {
		return api.Comparison{}, err
	}
	rules, err := s.rulesFor(ctx, c, a.Project, in)
	if err != nil {
		return api.Comparison{}, err
	}
	comparison, err := s.Runs.Compare(ctx, c, a, b, rules)
	return encodeComparison(comparison), err
}

func twoRuns(c access.Caller, writtenA, writtenB string) (a, b petri.RunRef, err error) {
	if a, err = petri.ParseRunRef(writtenA, petri.ProjectRef{Owner: c.User.Name}); err != nil {
		return a, b, err
	}
	b, err = petri.ParseRunRef(writtenB, a.Project)
	return a, b, err
}

// rulesFor are the project's rules, but for what was asked for.
func (s *server) rulesFor(ctx context.Context, c access.Caller, project petri.ProjectRef, in *compareInput) (petri.Rules, error) {
	rules, err := s.Trials.Rules(ctx, c, project)
	if err != nil {
		return petri.Rules{}, err
	}
	rules = overrule(rules, api.CompareRules{
		RTol: in.RTol.pointer(), ATol: in.ATol.pointer(), Keys: in.Keys, Results: in.Results, Ignore: in.Ignore, Stdout: in.Stdout,
	})
	return rules, rules.Check()
}

func (s *server) drawDifference(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	query := r.URL.Query()
	a, b, err := twoRuns(c, query.Get("a"), query.Get("b"))
	if err != nil {
		return err
	}
	drawn, err := s.Runs.Picture(r.Context(), c, a, b, query.Get("path"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.Itoa(len(drawn)))
	_, err = w.Write(drawn)
	return err
}
