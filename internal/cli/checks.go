package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) checksCommand() *cobra.Command {
	var project string
	var history bool
	cmd := &cobra.Command{
		Use:   "checks [NAME]",
		Short: "List the project's checks with their baselines and last verdicts",
		Long: `Lists the checks that the project's head declares, with what each is compared with, and what came of
it last. With --history it lists all that one check was ever compared with: who accepted it, when,
and why.`,
		Example: `  petri checks
  petri checks forecast --history
  petri checks show check-12`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeChecks,
		RunE: func(cmd *cobra.Command, args []string) error {
			if history && len(args) == 0 {
				return petri.Errorf(petri.Invalid, "whose history? Name the check, as in petri checks forecast --history")
			}
			ref, err := a.project(project)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				if history {
					return a.baselineHistory(ctx, client, ref, args[0])
				}
				return a.listChecks(ctx, client, ref, args)
			})
		},
	}
	a.projectFlag(cmd, &project)
	cmd.Flags().BoolVar(&history, "history", false, "list what the check was compared with, newest first")
	cmd.AddCommand(
		a.studyCommand("show CHECK", "Show a call of checks, following it to its end", "  petri checks show check-12", petri.StudyChecks, a.showChecks),
		a.studyCommand("stop CHECK", "Stop a call of checks and its runs; what it found stays", "  petri checks stop check-12", petri.StudyChecks, a.stopStudy),
		a.studyCommand("resume CHECK", "Go on with a call of checks that was stopped", "  petri checks resume check-12", petri.StudyChecks,
			func(ctx context.Context, client *api.Client, ref string) error {
				study, err := client.ResumeStudy(ctx, ref)
				if err != nil {
					return err
				}
				return a.checksStarted(ctx, client, study, checkFlags{})
			}))
	return cmd
}

func (a *app) showChecks(ctx context.Context, client *api.Client, ref string) error {
	study, err := client.Study(ctx, ref)
	if err != nil {
		return err
	}
	if study.Status == string(petri.StudyRunning) {
		return a.checksStarted(ctx, client, study, checkFlags{})
	}
	return a.checksOutcome(study)
}

func (a *app) listChecks(ctx context.Context, client *api.Client, project petri.ProjectRef, names []string) error {
	checks, err := client.Checks(ctx, project)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		checks = slices.DeleteFunc(checks, func(c api.DeclaredCheck) bool { return c.Name != names[0] })
		if len(checks) == 0 {
			return petri.Errorf(petri.NotFound, "the head of project %s declares no check %q; petri checks lists those that it does", showProject(project), names[0])
		}
	}
	return printList(a, checks, func() {
		if len(checks) == 0 {
			a.out("The head of %s declares no checks", showProject(project))
			return
		}
		s, rows := a.style(a.stdout), [][]string{}
		for _, c := range checks {
			baseline, at := "-", ""
			if c.Baseline != nil {
				baseline = c.Baseline.Run + " (" + c.Baseline.AcceptedBy + ")"
			}
			if c.At != nil {
				at = timeText(c.At.Time)
			}
			rows = append(rows, []string{c.Name, baseline, s.finding(firstOf(c.Verdict, "-")), c.Run, at, plain(c.Summary)})
		}
		a.tableOfTexts([]string{"CHECK", "BASELINE", "LAST", "RUN", "WHEN", "WHAT"}, rows)
	})
}

func (a *app) baselineHistory(ctx context.Context, client *api.Client, project petri.ProjectRef, check string) error {
	history, err := client.Baselines(ctx, project, check)
	if err != nil {
		return err
	}
	return printList(a, history, func() {
		if len(history) == 0 {
			a.out("Check %s has no baseline yet: its first result becomes it", check)
			return
		}
		rows := [][]string{}
		for _, b := range history {
			rows = append(rows, []string{b.Run, b.AcceptedBy, timeText(b.AcceptedAt.Time), plain(b.Note)})
		}
		a.tableOfTexts([]string{"BASELINE", "ACCEPTED BY", "WHEN", "WHY"}, rows)
	})
}

// acceptBaselines makes the newest results baselines: of the checks named, else of all whose last
// result is another than their baseline's.
func (a *app) acceptBaselines(ctx context.Context, f checkFlags, names []string) error {
	project, err := a.project(f.project)
	if err != nil {
		return err
	}
	return a.with(ctx, func(ctx context.Context, client *api.Client) error {
		if len(names) == 0 {
			checks, err := client.Checks(ctx, project)
			if err != nil {
				return err
			}
			if names = differing(checks); len(names) == 0 {
				return petri.Errorf(petri.Conflict, "there is nothing to accept: no check's last result is another than its baseline")
			}
		}
		accepted := []api.Baseline{}
		for _, name := range names {
			baseline, err := client.AcceptBaseline(ctx, project, name, api.AcceptBaseline{Run: f.run, Note: f.note})
			if err != nil {
				return err
			}
			accepted = append(accepted, baseline)
			if f.run != "" {
				a.sayForeign(ctx, client, baseline)
			}
		}
		return printList(a, accepted, func() {
			for _, b := range accepted {
				a.out("%s is the baseline of check %s now", b.Run, b.Check)
			}
		})
	})
}

// sayForeign tells where a baseline that was named is no run of its check: it may be meant, or the
// wrong number.
func (a *app) sayForeign(ctx context.Context, client *api.Client, b api.Baseline) {
	ref, err := petri.ParseRunRef(b.Run, petri.ProjectRef{})
	if err != nil {
		return
	}
	run, err := client.Run(ctx, ref)
	if err != nil || run.Check == b.Check {
		return
	}
	what := "ran: " + oneLine(strings.Join(run.Command, " "))
	if run.Check != "" {
		what = "was of check " + run.Check
	}
	a.say("Mind that %s was no run of check %s; it %s", b.Run, b.Check, what)
}

// differing are the checks whose last result is there to be accepted.
func differing(checks []api.DeclaredCheck) []string {
	var names []string
	for _, c := range checks {
		switch petri.CheckVerdict(c.Verdict) {
		case petri.CheckChanged, petri.CheckRegressed, petri.CheckFixed, petri.CheckTolerance, petri.CheckStillFailing:
			if c.Baseline == nil || c.Baseline.Run != c.Run {
				names = append(names, c.Name)
			}
		}
	}
	return names
}
