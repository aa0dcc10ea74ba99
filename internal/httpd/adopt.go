package httpd

import (
	"context"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

type adoptInput struct {
	RunPath
	Body *api.AdoptResults `required:"false"`
}

// adoptResults makes results part of the project's head, or refuses with the paths that
// both changed.
func (s *server) adoptResults(ctx context.Context, c access.Caller, in *adoptInput) (api.Commit, error) {
	var want api.AdoptResults
	if in.Body != nil {
		want = *in.Body
	}
	project, err := s.projects.Writable(ctx, c, in.ProjectPath.ref(c))
	if err != nil {
		return api.Commit{}, err
	}
	run, err := s.Runs.Get(ctx, c, in.ref(c))
	if err != nil {
		return api.Commit{}, err
	}
	for _, path := range want.PathsBytes {
		want.Paths = append(want.Paths, string(path))
	}
	if run.Results == "" {
		return api.Commit{}, noResults(run)
	}
	message := want.Message
	if message == "" {
		message = "Adopt results of run " + run.Ref.String()
	}
	id, conflicts, err := s.Files.Adopt(ctx, project, run, want.Paths, message, c.User.Name)
	if err != nil {
		return api.Commit{}, err
	}
	if len(conflicts) > 0 {
		return api.Commit{}, petri.Errorf(petri.Conflict, "the project's head has changed these files since the run, and so did the run; adopt others by name, or settle these by hand, with what petri results %s pull --to FOLDER gets:\n  %s", run.Ref, strings.Join(clipList(conflicts), "\n  "))
	}
	_, commit, err := s.Files.Resolve(ctx, project, string(id))
	return encodeCommit(commit), err
}

func noResults(run petri.Run) error {
	if run.Status.Ended() {
		return petri.Errorf(petri.NotFound, "run %s has no results: it ended as %s", run.Ref, run.Status)
	}
	return petri.Errorf(petri.Conflict, "run %s has no results yet: it is %s; come back when it has ended", run.Ref, run.Status)
}

// clipList keeps a list short enough for a message.
func clipList(paths []string) []string {
	const most = 100
	if len(paths) <= most {
		return paths
	}
	return append(paths[:most:most], "and more")
}
