package httpd

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/runs"
)

// RunPath names a run in a path.
type RunPath struct {
	ProjectPath
	Number int `path:"number" minimum:"1"`
}

func (p RunPath) ref(c access.Caller) petri.RunRef {
	return petri.RunRef{Project: p.ProjectPath.ref(c), Number: p.Number}
}

// runOf reads the run in a raw request's path.
func runOf(r *http.Request, c access.Caller) (petri.RunRef, error) {
	return petri.ParseRunRef(r.PathValue("number"), projectOf(r).ref(c))
}

// defaultRuns is how many runs a list has unless asked.
const defaultRuns = 200

// RunFilter says which runs to list.
type RunFilter struct {
	Status []string `query:"status" doc:"only runs in these states"`
	Tag    string   `query:"tag"`
	Limit  int      `query:"limit" minimum:"0" maximum:"10000"`
	Before int      `query:"before" minimum:"0" doc:"only runs with a smaller number"`
}

func (f RunFilter) decode() (runs.Filter, error) {
	out := runs.Filter{Tag: f.Tag, Limit: f.Limit, Before: f.Before}
	if out.Limit == 0 {
		out.Limit = defaultRuns
	}
	for _, written := range f.Status {
		for _, word := range strings.Split(written, ",") {
			status := petri.RunStatus(word)
			if !slices.Contains(petri.RunStatuses(), status) {
				return out, petri.Errorf(petri.Invalid, "%.40q is not a run's state", word)
			}
			out.Status = append(out.Status, status)
		}
	}
	return out, nil
}

func (s *server) listAllRuns(ctx context.Context, c access.Caller, in *RunFilter) ([]api.Run, error) {
	filter, err := in.decode()
	if err != nil {
		return nil, err
	}
	found, err := s.Runs.List(ctx, c, filter)
	return list(found, encodeRun), err
}

type listRunsInput struct {
	ProjectPath
	RunFilter
}

func (s *server) listRuns(ctx context.Context, c access.Caller, in *listRunsInput) ([]api.Run, error) {
	filter, err := in.decode()
	if err != nil {
		return nil, err
	}
	filter.Project = in.ref(c)
	found, err := s.Runs.List(ctx, c, filter)
	return list(found, encodeRun), err
}

type createRunInput struct {
	ProjectPath
	Body api.NewRun
}

func (s *server) createRun(ctx context.Context, c access.Caller, in *createRunInput) (api.Run, error) {
	b := in.Body
	environment, err := optionalEnvironment(b.Environment, c)
	if err != nil {
		return api.Run{}, err
	}
	timeout, err := seconds(b.TimeoutSeconds)
	if err != nil {
		return api.Run{}, err
	}
	run, err := s.Runs.Submit(ctx, c, runs.Submission{
		Project: in.ref(c), Commit: b.Commit, Environment: environment, Origin: b.Origin, DryRun: b.DryRun,
		Spec: petri.RunSpec{
			Command: b.Command, CPUs: b.CPUs, MemoryBytes: b.MemoryBytes, GPUs: b.GPUs, Timeout: timeout,
			Network: petri.Network(b.Network), Variables: b.Variables, Tags: b.Tags, Title: b.Title,
		},
	})
	return encodeRun(run), err
}

func optionalEnvironment(written string, c access.Caller) (petri.EnvironmentRef, error) {
	if written == "" {
		return petri.EnvironmentRef{}, nil
	}
	return petri.ParseEnvironmentRef(written, c.User.Name)
}

// seconds turns a number of seconds into a duration, without overflow.
func seconds(n float64) (time.Duration, error) {
	if !(n >= 0 && n <= petri.MaxRunTimeout.Seconds()) {
		return 0, petri.Errorf(petri.Invalid, "a time limit of %v seconds makes no sense: ask for up to a year", n)
	}
	return time.Duration(n * float64(time.Second)), nil
}

func (s *server) getRun(ctx context.Context, c access.Caller, in *RunPath) (api.Run, error) {
	run, err := s.Runs.Get(ctx, c, in.ref(c))
	if err != nil {
		return api.Run{}, err
	}
	return s.explain(ctx, run)
}

// startPatience is how long a run may be starting before one asks what keeps it.
const startPatience = 3 * time.Second

// explain is one run with what it waits for: while it is queued, its turn; while it is starting
// for long, an engine that does not answer.
func (s *server) explain(ctx context.Context, run petri.Run) (api.Run, error) {
	waiting, err := s.Runs.Waiting(ctx, run)
	if run.Status == petri.RunStarting && s.Engine != nil && s.Now().Sub(run.CreatedAt) > startPatience {
		asking, cancel := context.WithTimeout(ctx, healthPatience)
		defer cancel()
		if away := s.Engine(asking); away != nil {
			waiting = petri.MessageOf(away)
		}
	}
	out := encodeRun(run)
	out.Waiting = waiting
	if err == nil {
		out.LoadedCount, err = s.loadedCount(ctx, run)
	}
	return out, err
}

func (s *server) stopRun(ctx context.Context, c access.Caller, in *RunPath) (api.Run, error) {
	run, err := s.Runs.Stop(ctx, c, in.ref(c))
	return encodeRun(run), err
}

type rerunInput struct {
	RunPath
	Body *api.RerunRequest `required:"false"`
}

func (s *server) rerun(ctx context.Context, c access.Caller, in *rerunInput) (api.Run, error) {
	var want api.RerunRequest
	if in.Body != nil {
		want = *in.Body
	}
	environment, err := optionalEnvironment(want.Environment, c)
	if err != nil {
		return api.Run{}, err
	}
	run, err := s.Runs.Rerun(ctx, c, in.ref(c), runs.Repetition{Environment: environment, Title: want.Title, Origin: want.Origin})
	return encodeRun(run), err
}
