package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

const reproduceCommand = "petri reproduce"

func (a *app) reproduceCommand() *cobra.Command {
	in := api.NewReproduction{Origin: "cli"}
	var by ruleFlags
	var detach bool
	cmd := &cobra.Command{
		Use:   "reproduce RUN",
		Short: "Run again exactly what a run ran, and tell whether the results are the same",
		Long: `Runs again what a run ran, with everything as it was recorded: commit, command, settings, and the very
image, also of an archived environment. Each rerun is compared with the recorded run by the rules
of the project's petri.toml, and where they differ Petri says what that is likely to come from.

With --times it runs several times, tells how far each number goes without any change, and which
tolerance would cover that. Exit code 0: reproduced, perhaps within tolerance; 1: not; 2: trouble.`,
		Example: `  petri reproduce 17
  petri reproduce science/churn#17 --times 5
  petri reproduce 17 --rtol 1e-9`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.run(args[0])
			if err != nil {
				return err
			}
			rules, err := by.rules(cmd)
			if err != nil {
				return err
			}
			if in.Times < 1 {
				return petri.Errorf(petri.Invalid, "a run cannot be reproduced %d times: ask for 1 or more", in.Times)
			}
			in.Rules = &rules
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				study, err := client.Reproduce(ctx, ref, in)
				if err != nil {
					return err
				}
				return a.reproductionStarted(ctx, client, study, detach)
			})
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&in.Times, "times", 1, "how often")
	by.add(cmd)
	flags.BoolVar(&detach, "detach", false, "return at once and print the reference")
	cmd.AddCommand(
		a.studyCommand("show REPRODUCTION", "Show a reproduction, following it to its end", "  petri reproduce show reproduction-3", petri.StudyReproduction, a.showReproduction),
		a.studyCommand("stop REPRODUCTION", "Stop a reproduction and its runs; what it found stays", "  petri reproduce stop reproduction-3", petri.StudyReproduction, a.stopStudy),
		a.studyCommand("resume REPRODUCTION", "Go on with a reproduction that was stopped", "  petri reproduce resume reproduction-3", petri.StudyReproduction,
			func(ctx context.Context, client *api.Client, ref string) error {
				study, err := client.ResumeStudy(ctx, ref)
				if err != nil {
					return err
				}
				return a.reproductionStarted(ctx, client, study, false)
			}))
	return cmd
}

func (a *app) showReproduction(ctx context.Context, client *api.Client, ref string) error {
	study, err := client.Study(ctx, ref)
	if err != nil {
		return err
	}
	if study.Status == string(petri.StudyRunning) {
		return a.reproductionStarted(ctx, client, study, false)
	}
	return a.reproductionOutcome(study)
}

// reproductionStarted follows a reproduction to its end, or prints its reference.
func (a *app) reproductionStarted(ctx context.Context, client *api.Client, study api.Study, detach bool) error {
	if detach {
		return a.print(study, func() { a.out("%s", study.Ref) })
	}
	if !a.json {
		a.say("%s: %s of %s", study.Ref, count(len(study.Reruns), "rerun"), study.Run)
	}
	study, err := a.followStudy(ctx, client, study, reproduceCommand, &rerunWatcher{style: a.style(a.stderr), told: map[int]bool{}})
	if err != nil {
		return err
	}
	return a.reproductionOutcome(study)
}

// rerunWatcher tells each rerun's verdict once.
type rerunWatcher struct {
	style style
	told  map[int]bool
}

func (w *rerunWatcher) said(s api.Study) []string {
	var lines []string
	for i, r := range s.Reruns {
		if r.Verdict == "" || w.told[i] {
			continue
		}
		w.told[i] = true
		lines = append(lines, fmt.Sprintf("[%d/%d] %s: %s", len(w.told), len(s.Reruns), r.Run, w.style.verdict(r.Verdict)))
	}
	return lines
}

func (w *rerunWatcher) now(s api.Study) string {
	var going []string
	for _, r := range s.Reruns {
		if r.Verdict == "" && r.Run != "" {
			going = append(going, r.Run)
		}
	}
	if len(going) == 0 || s.Status != string(petri.StudyRunning) {
		return ""
	}
	if len(going) > 3 {
		going = append(going[:3], fmt.Sprintf("%d more", len(going)-3))
	}
	return "running " + strings.Join(going, ", ")
}

// reproductionOutcome prints a reproduction at rest and gives the exit code for it.
func (a *app) reproductionOutcome(s api.Study) error {
	if err := a.print(s, func() { a.printReproduction(s) }); err != nil {
		return err
	}
	if err := unfinished(s, reproduceCommand); err != nil {
		return err
	}
	if s.Verdict == string(petri.Different) {
		return exits(exitNo)
	}
	return nil
}

func (a *app) printReproduction(s api.Study) {
	style, rows := a.style(a.stdout), [][]string{}
	good := 0
	for _, r := range s.Reruns {
		if r.Verdict == string(petri.Same) || r.Verdict == string(petri.WithinTolerance) {
			good++
		}
		took := ""
		if r.Seconds > 0 {
			took = seconds(r.Seconds)
		}
		rows = append(rows, []string{r.Run, style.verdict(firstOf(r.Verdict, "-")), took, plain(r.Summary)})
	}
	a.tableOfTexts([]string{"RERUN", "VERDICT", "TOOK", "WHAT"}, rows)
	told := map[string]bool{}
	for _, r := range s.Reruns {
		for _, c := range r.Causes {
			line := c.Cause + ": " + plain(c.Why)
			if !told[line] {
				told[line] = true
				a.out("%s %s", style.yellow("likely"), line)
			}
		}
		if r.Verdict == string(petri.Different) && len(r.Causes) == 0 && !told[""] {
			told[""] = true
			a.out("Nothing that Petri looked at tells what that comes from; look closer with: petri compare %s %s", s.Run, r.Run)
		}
	}
	if len(s.Reruns) > 1 {
		a.printNoise(s)
	}
	if s.Status == string(petri.StudyDone) {
		a.out("\n%s reproduced %d of %d", style.bold(s.Run), good, len(s.Reruns))
	}
}

// printNoise tells how far numbers go by themselves.
func (a *app) printNoise(s api.Study) {
	const most = 20
	if len(s.Noise) == 0 {
		return
	}
	rows := [][]string{}
	for _, n := range s.Noise[:min(len(s.Noise), most)] {
		rows = append(rows, []string{n.Where, brief(n.Least), brief(n.Most), brief(n.MaxAbs), brief(n.MaxRel)})
	}
	a.out("\nWithout any change these numbers went")
	a.table([]string{"WHERE", "FROM", "TO", "BY", "RELATIVELY"}, rows)
	if n := len(s.Noise) - most; n > 0 {
		a.out("and %d more (--json lists all)", n)
	}
	if t := s.Suggestion; t != nil {
		if wide(s.Noise) {
			a.out("That is more than rounding: a tolerance that covers it would also hide real changes; a fixed seed may be what is missing")
		}
		a.out("A tolerance that covers that, for petri.toml under [compare] or a [[check]]:")
		if t.RTol > 0 {
			a.out("rtol = %s", strconv.FormatFloat(t.RTol, 'g', -1, 64))
		}
		if t.ATol > 0 {
			a.out("atol = %s", strconv.FormatFloat(t.ATol, 'g', -1, 64))
		}
	}
}

// wide tells whether any number went farther than a hundredth of its size.
func wide(noise []api.Spread) bool {
	for _, n := range noise {
		if n.MaxRel > 0.01 {
			return true
		}
	}
	return false
}

func brief(n float64) string { return strconv.FormatFloat(n, 'g', 6, 64) }

// reproducedText tells how often a run was reproduced: 3 of 3, last on ….
func reproducedText(r api.Reproduced) string {
	if r.Times == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %d", r.Reproduced, r.Times)
	if r.LastAt != nil {
		text += ", last on " + timeText(r.LastAt.Time)
	}
	return text
}
