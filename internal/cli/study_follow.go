package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// studyWatcher shows how a study goes on. Lines said are kept; now is what goes on at present.
type studyWatcher interface {
	said(api.Study) []string
	now(api.Study) string
}

// followStudy follows a study to its rest with progress on stderr. Ctrl-C asks it to stop, a
// second one leaves it to itself. command is how one comes back to it: petri env trial.
func (a *app) followStudy(ctx context.Context, client *api.Client, study api.Study, command string, w studyWatcher) (api.Study, error) {
	ctx, leave := context.WithCancelCause(context.WithoutCancel(ctx))
	defer leave(nil)
	defer a.interrupts(ctx, study.Ref, leave, func(ctx context.Context) error { _, err := client.StopStudy(ctx, study.Ref); return err })()
	moving, last := terminal(a.stderr), ""
	err := client.WatchStudy(ctx, study.Ref, func(s api.Study) error {
		study = s
		if a.json {
			return nil
		}
		lines, now := w.said(s), w.now(s)
		if moving && last != "" {
			_, _ = fmt.Fprint(a.stderr, "\r\x1b[K")
		}
		for _, line := range lines {
			a.say("%s", line)
		}
		switch {
		case now == "":
		case moving:
			_, _ = fmt.Fprint(a.stderr, a.style(a.stderr).faint(now))
		case now != last:
			a.say("%s", now)
		}
		last = now
		return nil
	})
	if moving && last != "" {
		a.say("")
	}
	if errors.Is(context.Cause(ctx), errLeft) {
		a.say("\n%s was asked to stop, and is left to itself; come back to it with: %s show %s", study.Ref, command, study.Ref)
		return study, exits(exitAway)
	}
	if err != nil {
		err = petri.Wrap(petri.KindOf(err), err, "lost sight of %s (%s); it is not stopped, come back to it with: %s show %s", study.Ref, message(err), command, study.Ref)
	}
	return study, err
}

// unfinished is the error of a study at rest that has no answer, nil for one that has.
func unfinished(s api.Study, command string) error {
	switch petri.StudyStatus(s.Status) {
	case petri.StudyStopped:
		return petri.Errorf(petri.Canceled, "%s was stopped by %s; go on with: %s resume %s", s.Ref, s.StoppedBy, command, s.Ref)
	case petri.StudyError:
		return petri.Errorf(petri.Internal, "%s has no answer: %s", s.Ref, s.Error)
	}
	return nil
}

// studyRef reads the reference of a study of a kind: trial-12, or 12.
func studyRef(s string, kind petri.StudyKind) (string, error) {
	id, err := petri.ParseStudyRef(s, kind)
	return petri.Study{Kind: kind, ID: id}.Ref(), err
}
