package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

const trialCommand = "petri env trial"

func (a *app) envTrialCommand() *cobra.Command {
	var in api.NewTrial
	var detach bool
	cmd := a.envCommandFor("trial REF", "Try a revision on all projects that would get it", `  petri env trial science/r@5
  petri env trial science/r@5 --project science/churn --parallel 2
  petri env trial show trial-12`, parseRevision,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			in.Origin = "cli"
			study, err := client.StartTrial(ctx, ref, in)
			if err != nil {
				return err
			}
			return a.trialStarted(ctx, client, study, detach)
		})
	cmd.Long = `Tries a revision on all projects that would get it: runs the checks of every project that uses the
environment, or one based on it, in the active revision, the control, and in the candidate, and
compares the results. Where they differ the control is run again, at most three times: twice more
where it comes out the same but the difference may be chance, as with random numbers without a seed.
A check that does not even repeat itself is unstable, and says nothing of the candidate. Exit code 0:
safe; 1: something changes, breaks, or is unstable; 2: trouble.`
	cmd.Flags().IntVar(&in.Parallel, "parallel", 4, "how many runs go on at once")
	cmd.Flags().BoolVar(&in.Pinned, "pinned", false, "also try projects that are pinned to a revision")
	cmd.Flags().StringArrayVar(&in.Projects, "project", nil, "try only this project; may be repeated")
	cmd.Flags().BoolVar(&detach, "detach", false, "return at once and print the trial's reference")
	cmd.AddCommand(
		a.studyCommand("show TRIAL", "Show a trial, following it to its end", "  petri env trial show trial-12", petri.StudyTrial, a.showTrial),
		a.studyCommand("stop TRIAL", "Stop a trial and its runs; what it found stays", "  petri env trial stop trial-12", petri.StudyTrial, a.stopStudy),
		a.studyCommand("resume TRIAL", "Go on with a trial that was stopped", "  petri env trial resume trial-12", petri.StudyTrial,
			func(ctx context.Context, client *api.Client, ref string) error {
				study, err := client.ResumeStudy(ctx, ref)
				if err != nil {
					return err
				}
				return a.trialStarted(ctx, client, study, false)
			}))
	return cmd
}

// studyCommand is a command about one study of a kind.
func (a *app) studyCommand(use, short, example string, kind petri.StudyKind, run func(context.Context, *api.Client, string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := studyRef(args[0], kind)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error { return run(ctx, client, ref) })
		},
	}
}

func (a *app) stopStudy(ctx context.Context, client *api.Client, ref string) error {
	study, err := client.StopStudy(ctx, ref)
	if err != nil {
		return err
	}
	return a.print(study, func() { a.out("Asked %s to stop", study.Ref) })
}

func (a *app) showTrial(ctx context.Context, client *api.Client, ref string) error {
	study, err := client.Study(ctx, ref)
	if err != nil {
		return err
	}
	if study.Status == string(petri.StudyRunning) {
		return a.trialStarted(ctx, client, study, false)
	}
	return a.trialOutcome(study)
}

// trialStarted follows a trial to its end, or prints its reference.
func (a *app) trialStarted(ctx context.Context, client *api.Client, study api.Study, detach bool) error {
	if detach {
		return a.print(study, func() { a.out("%s", study.Ref) })
	}
	if !a.json {
		a.say("%s: %s against %s, %s", study.Ref, study.Candidate, study.Control, count(len(study.Checks), "check"))
	}
	study, err := a.followStudy(ctx, client, study, trialCommand, &trialWatcher{style: a.style(a.stderr), told: map[int]bool{}})
	if err != nil {
		return err
	}
	return a.trialOutcome(study)
}

// trialWatcher tells each verdict once, and which runs go on.
type trialWatcher struct {
	style style
	told  map[int]bool
}

func (w *trialWatcher) said(s api.Study) []string {
	var lines []string
	for i, c := range s.Checks {
		if c.Verdict == "" || w.told[i] {
			continue
		}
		w.told[i] = true
		lines = append(lines, fmt.Sprintf("[%d/%d] %s %s: %s", len(w.told), len(s.Checks), dependentName(c.Project), c.Check, w.style.finding(c.Verdict)))
	}
	return lines
}

func (w *trialWatcher) now(s api.Study) string {
	var going []string
	hidden := 0
	for _, c := range s.Checks {
		going = append(going, c.Going...)
		if c.Hidden && c.Verdict == "" {
			hidden++
		}
	}
	building := buildingCandidates(s)
	if s.Status != string(petri.StudyRunning) || len(going)+len(building)+hidden == 0 {
		return ""
	}
	line := fmt.Sprintf("%d of %s done", len(w.told), count(len(s.Checks), "check"))
	if len(going) > 0 {
		line += "; running " + strings.Join(going, ", ")
	}
	if len(building) > 0 {
		line += "; building " + strings.Join(building, ", ")
	}
	return line
}

// buildingCandidates are the candidates that checks wait for.
func buildingCandidates(s api.Study) []string {
	var list []string
	for _, d := range s.Derived {
		environment, _, _ := strings.Cut(d.Control, "@")
		waits := func(c api.StudyCheck) bool { return c.Verdict == "" && c.Candidate == environment }
		if d.Candidate != "" && d.Error == "" && slices.ContainsFunc(s.Checks, waits) {
			list = append(list, d.Candidate)
		}
	}
	return list
}

// dependentName is a project's reference, or words where the caller may not see it.
func dependentName(project string) string {
	if project == "" {
		return "a project you may not see"
	}
	return project
}

// finding colours the verdict of a check, a trial or a bisection.
func (s style) finding(word string) string {
	switch word {
	case "same", "safe", "fixed", "good":
		return s.green(word)
	case "regressed", "breaks", "trouble", "bad":
		return s.red(word)
	case "changed", "changes", "unstable", "stopped", "still-failing", "tolerance":
		return s.yellow(word)
	}
	return word
}

// trialOutcome prints a trial at rest and gives the exit code for it.
func (a *app) trialOutcome(s api.Study) error {
	if err := a.print(s, func() { a.printTrial(s) }); err != nil {
		return err
	}
	if err := unfinished(s, trialCommand); err != nil {
		return err
	}
	if s.Verdict != string(petri.TrialSafe) {
		return exits(exitNo)
	}
	return nil
}

func (a *app) printTrial(s api.Study) {
	style, rows := a.style(a.stdout), [][]string{}
	for _, c := range s.Checks {
		verdict := c.Verdict
		if verdict == "" {
			verdict = "-"
		}
		rows = append(rows, []string{dependentName(c.Project), c.Check, style.finding(verdict), plain(c.Summary)})
	}
	if len(rows) > 0 {
		a.tableOfTexts([]string{"PROJECT", "CHECK", "VERDICT", "WHAT"}, rows)
		a.out("")
	}
	if len(s.LeftOut) > 0 {
		rows = nil
		for _, l := range s.LeftOut {
			rows = append(rows, []string{dependentName(l.Project), plain(l.Why)})
		}
		a.tableOfTexts([]string{"LEFT OUT", "WHY"}, rows)
		a.out("")
	}
	if s.Sentence == "" {
		a.out("%s is %s", s.Ref, s.Status)
		return
	}
	a.out("%s: %s", style.bold(s.Ref), s.Sentence)
	for _, line := range trialAdvice(s) {
		a.out("%s", line)
	}
}

// trialAdvice is what one can do next.
func trialAdvice(s api.Study) []string {
	notAsked := func(l api.TrialLeftOut) bool { return l.Why == petri.LeftOutNotAsked }
	if slices.ContainsFunc(s.LeftOut, notAsked) {
		return []string{"Only some of those who would get it were tried; try all with: " + trialCommand + " " + s.Candidate}
	}
	if s.Verdict == string(petri.TrialSafe) {
		return []string{"Make it active with: petri env promote " + s.Candidate}
	}
	var lines []string
	for _, c := range s.Checks {
		if len(lines) < 3 && c.Comparison != nil && (c.Verdict == string(petri.CheckChanged) || c.Verdict == string(petri.CheckRegressed)) {
			lines = append(lines, fmt.Sprintf("Look closer with: petri compare %s %s", *c.ControlRun, *c.CandidateRun))
		}
	}
	return append(lines, "Make it active all the same with: petri env promote "+s.Candidate+" --anyway")
}
