package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

const bisectCommand = "petri env bisect"

func (a *app) envBisectCommand() *cobra.Command {
	var good, bad, project string
	var detach bool
	cmd := &cobra.Command{
		Use:   "bisect CHECK --good REF --bad REF",
		Short: "Find the revision of an environment that changed a check's results",
		Long: `Finds the first revision of an environment in which a check of a project gives other results than in
one that is known to be good, by running it in the revisions between, as few as will do. Runs that are
there already are used. The good one is run again, three times where the code draws random numbers
without a seed, to see whether the check repeats itself. Exit code 0: found; 1: there is no difference
to be found, or the check does not repeat itself; 2: trouble.`,
		Example: `  petri env bisect forecast --good science/r@2 --bad science/r@9
  petri env bisect show bisection-4`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeChecks,
		RunE: func(cmd *cobra.Command, args []string) error {
			env, in, err := a.bisection(args[0], good, bad, project)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				study, err := client.StartBisection(ctx, env, in)
				if err != nil {
					return err
				}
				return a.bisectionStarted(ctx, client, study, detach)
			})
		},
	}
	cmd.Flags().StringVar(&good, "good", "", "a revision whose results are right")
	cmd.Flags().StringVar(&bad, "bad", "", "a revision whose results are not")
	cmd.Flags().StringVar(&project, "project", "", "the project; that of the folder unless given")
	cmd.Flags().BoolVar(&detach, "detach", false, "return at once and print the bisection's reference")
	_ = cmd.RegisterFlagCompletionFunc("good", a.completeRevisions)
	_ = cmd.RegisterFlagCompletionFunc("bad", a.completeRevisions)
	cmd.AddCommand(
		a.studyCommand("show BISECTION", "Show a bisection, following it to its end", "  petri env bisect show bisection-4", petri.StudyBisection, a.showBisection),
		a.studyCommand("stop BISECTION", "Stop a bisection and its runs", "  petri env bisect stop bisection-4", petri.StudyBisection, a.stopStudy),
		a.studyCommand("resume BISECTION", "Go on with a bisection that was stopped", "  petri env bisect resume bisection-4", petri.StudyBisection,
			func(ctx context.Context, client *api.Client, ref string) error {
				study, err := client.ResumeStudy(ctx, ref)
				if err != nil {
					return err
				}
				return a.bisectionStarted(ctx, client, study, false)
			}))
	return cmd
}

// bisection reads what is asked for.
func (a *app) bisection(check, good, bad, project string) (petri.EnvironmentRef, api.NewBisection, error) {
	in := api.NewBisection{Check: check, Origin: "cli"}
	if good == "" || bad == "" {
		return petri.EnvironmentRef{}, in, petri.Errorf(petri.Invalid, "which revisions? Name one that is right and one that is not, as in --good science/r@2 --bad science/r@9")
	}
	first, err := parseRevision(good)
	if err != nil {
		return first, in, err
	}
	last, err := parseRevision(bad)
	if err != nil {
		return first, in, err
	}
	if first.At(0) != last.At(0) {
		return first, in, petri.Errorf(petri.Invalid, "%s and %s are not of one environment", good, bad)
	}
	of, err := a.project(project)
	in.Project, in.Good, in.Bad = showProject(of), first.Revision, last.Revision
	return first.At(0), in, err
}

func (a *app) showBisection(ctx context.Context, client *api.Client, ref string) error {
	study, err := client.Study(ctx, ref)
	if err != nil {
		return err
	}
	if study.Status == string(petri.StudyRunning) {
		return a.bisectionStarted(ctx, client, study, false)
	}
	return a.bisectionOutcome(study)
}

// bisectionStarted follows a bisection to its end, or prints its reference.
func (a *app) bisectionStarted(ctx context.Context, client *api.Client, study api.Study, detach bool) error {
	if detach {
		return a.print(study, func() { a.out("%s", study.Ref) })
	}
	if !a.json {
		a.say("%s: %s of %s, from %s to %s; at most %s, %d of them new", study.Ref, count(len(study.Revisions), "revision"), study.Environment,
			study.Revisions[0], study.Revisions[len(study.Revisions)-1], count(study.Bound, "run"), study.New)
	}
	study, err := a.followStudy(ctx, client, study, bisectCommand, &bisectionWatcher{style: a.style(a.stderr), told: map[int]bool{}})
	if err != nil {
		return err
	}
	return a.bisectionOutcome(study)
}

// bisectionWatcher tells each step's verdict once.
type bisectionWatcher struct {
	style style
	told  map[int]bool
}

func (w *bisectionWatcher) said(s api.Study) []string {
	var lines []string
	for i, step := range s.Steps {
		if step.Verdict == "" || w.told[i] {
			continue
		}
		w.told[i] = true
		line := fmt.Sprintf("%s %s (%s", step.Revision, w.style.finding(step.Verdict), step.Run)
		if step.Reused {
			line += ", there already"
		}
		lines = append(lines, line+")")
	}
	return lines
}

func (w *bisectionWatcher) now(s api.Study) string {
	for _, step := range s.Steps {
		if step.Verdict == "" && step.Run != "" && s.Status == string(petri.StudyRunning) {
			return "running " + step.Run + " in " + step.Revision
		}
	}
	return ""
}

// bisectionOutcome prints a bisection at rest and gives the exit code for it.
func (a *app) bisectionOutcome(s api.Study) error {
	if err := a.print(s, func() { a.printBisection(s) }); err != nil {
		return err
	}
	if err := unfinished(s, bisectCommand); err != nil {
		return err
	}
	if s.First == "" {
		return exits(exitNo)
	}
	return nil
}

func (a *app) printBisection(s api.Study) {
	style, rows := a.style(a.stdout), [][]string{}
	for _, step := range s.Steps {
		verdict := step.Verdict
		if verdict == "" {
			verdict = "-"
		}
		rows = append(rows, []string{step.Revision, step.Run, style.finding(verdict), plain(step.Summary)})
	}
	a.tableOfTexts([]string{"REVISION", "RUN", "VERDICT", "WHAT"}, rows)
	a.out("")
	if s.Packages != nil && len(*s.Packages) > 0 {
		a.printPackageDifferences(*s.Packages, comparisonView{})
		a.out("")
	}
	if s.Summary == "" {
		a.out("%s is %s", s.Ref, s.Status)
		return
	}
	a.out("%s: %s", style.bold(s.Ref), plain(s.Summary))
	if s.First != "" {
		a.out("See what its instructions changed with: petri env diff %s %s", s.Before, s.First)
	}
}
