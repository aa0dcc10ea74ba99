package httpd

import (
	"context"
	"net/http"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

// StudyPath names a study in a path.
type StudyPath struct {
	Ref string `path:"ref" doc:"kind-n, such as trial-12"`
}

func (p StudyPath) parse() (petri.StudyKind, petri.StudyID, error) { return parseStudy(p.Ref) }

// parseStudy reads a reference that says of what kind the study is.
func parseStudy(ref string) (petri.StudyKind, petri.StudyID, error) {
	for _, kind := range []petri.StudyKind{petri.StudyChecks, petri.StudyReproduction, petri.StudyTrial, petri.StudyBisection} {
		if strings.HasPrefix(ref, string(kind)+"-") {
			id, err := petri.ParseStudyRef(ref, kind)
			return kind, id, err
		}
	}
	return "", 0, petri.Errorf(petri.Invalid, "%.40q is no study: write a reference such as check-12, reproduction-3 or trial-7", ref)
}

func (s *server) studyRoutes() {
	handle(s, op{route: "GET /studies/{ref}", id: "get-study", summary: "Get a call of checks, a reproduction, a trial or a bisection", tag: tagStudies, kinds: lookup()}, s.getStudy)
	stream(s, op{route: "GET /studies/{ref}/events", id: "watch-study", summary: "Get the study, until it is at rest without its comparisons, at every change, or now and then where it is large, as server-sent events", tag: tagStudies, kinds: lookup(), answer: api.TypeEvents}, s.watchStudy)
	handle(s, op{route: "POST /studies/{ref}/stop", id: "stop-study", summary: "Ask that a study end, and its own runs with it", tag: tagStudies, kinds: change()}, s.stopStudy)
	handle(s, op{route: "POST /studies/{ref}/resume", id: "resume-study", grows: true, summary: "Let a study go on that was stopped or failed", tag: tagStudies, kinds: change()}, s.resumeStudy)
	s.checkRoutes()
	s.trialRoutes()
}

func (s *server) getStudy(ctx context.Context, c access.Caller, in *StudyPath) (api.Study, error) {
	kind, id, err := in.parse()
	if err != nil {
		return api.Study{}, err
	}
	study, err := s.Trials.Get(ctx, c, kind, id)
	return encodeStudy(study), err
}

func (s *server) stopStudy(ctx context.Context, c access.Caller, in *StudyPath) (api.Study, error) {
	kind, id, err := in.parse()
	if err != nil {
		return api.Study{}, err
	}
	study, err := s.Trials.StopStudy(ctx, c, kind, id)
	return encodeStudy(study), err
}

func (s *server) resumeStudy(ctx context.Context, c access.Caller, in *StudyPath) (api.Study, error) {
	kind, id, err := in.parse()
	if err != nil {
		return api.Study{}, err
	}
	study, err := s.Trials.Resume(ctx, c, kind, id)
	return encodeStudy(study), err
}

// watchStudy sends the study as it is, and again whenever it has changed, until it is at rest. Its
// comparisons come when it is: until then they would be sent over and over.
func (s *server) watchStudy(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	ctx, cancel := s.living(r)
	defer cancel()
	kind, id, err := parseStudy(r.PathValue("ref"))
	if err != nil {
		return err
	}
	wake, stop := s.Trials.Watch(id)
	defer stop()
	if _, err := s.Trials.Get(ctx, c, kind, id); err != nil {
		return err
	}
	return changes(ctx, w, wake, func() (any, bool, error) {
		study, err := s.Trials.Get(ctx, c, kind, id)
		if err != nil {
			return nil, false, err
		}
		if !study.Status.Ended() {
			study.DropComparisons()
		}
		return encodeStudy(study), study.Status.Ended(), nil
	})
}
