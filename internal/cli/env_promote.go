package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) envPromoteCommand() *cobra.Command {
	var anyway bool
	cmd := a.envCommandFor("promote REF", "Make a ready revision the active one, a newer or an older one", "  petri env promote science/r@4\n  petri env promote science/r@4 --anyway", parseRevision,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			before, err := client.Environment(ctx, ref.At(0))
			if err != nil {
				return err
			}
			if err := a.editEnvironment(ctx, client, ref.At(0), api.EditEnvironment{ActiveRevision: &ref.Revision, Anyway: anyway}); err != nil {
				return err
			}
			if !a.json && before.ActiveRevision != ref.Revision {
				a.sayTrial(ctx, client, ref, before)
			}
			return nil
		})
	cmd.Long = `Makes a ready revision the active one, a newer or an older one. Where projects follow the environment
it has to have been tried before, with petri env trial, and found safe.`
	cmd.Flags().BoolVar(&anyway, "anyway", false, "also where no trial found it safe")
	return cmd
}

// sayTrial tells what the newest trial of a revision that was just promoted had found. The
// promotion is done, so that nothing that goes wrong here matters.
func (a *app) sayTrial(ctx context.Context, client *api.Client, ref petri.EnvironmentRef, before api.Environment) {
	was, err := petri.ParseEnvironmentRef(before.Ref, "")
	if err != nil {
		return
	}
	trials, _ := client.Trials(ctx, ref)
	for _, t := range trials {
		if t.Status == string(petri.StudyDone) && t.Control == was.At(before.ActiveRevision).String() {
			a.say("%s found that %s", t.Ref, t.Sentence)
			return
		}
	}
}

// sayUntried tells that a revision which has become active as soon as it was ready was never tried,
// where that matters to a project.
func (a *app) sayUntried(ctx context.Context, client *api.Client, ref petri.EnvironmentRef, r api.Revision) {
	if a.json || !r.Active || r.Number == 1 {
		return
	}
	usage, err := client.EnvironmentUsage(ctx, ref.At(0))
	if err != nil || len(usage.Projects) == 0 {
		return
	}
	a.say("%s", a.style(a.stderr).yellow("No trial was made of it, and "+count(len(usage.Projects), "project")+" of those that you may see use "+petri.EnvironmentRef{Owner: ref.Owner, Name: ref.Name}.String()))
}
