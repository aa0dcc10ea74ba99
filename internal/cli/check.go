package cli

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

const checksCommand = "petri checks"

// checkFlags are petri check's flags as they are written.
type checkFlags struct {
	environment, commit, project, baseline, junit, note, run string
	accept, detach                                           bool
}

func (a *app) checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [NAME]...",
		Short: "Run the project's checks, and compare each with its baseline",
		Long: `Sends what changed in the folder, runs the checks that petri.toml declares, or those named, and
compares what each leaves with its baseline, as its rules say. The first result of a check becomes
its baseline; it changes only when somebody accepts a newer one, with a note that says why.

Exit code 0: all are the same, or within tolerance, fixed, or new; 1: something changed, or fails;
2: something could not be judged, such as a check whose files match nothing.`,
		Example: `  petri check
  petri check forecast --env science/r@5
  petri check --junit report.xml
  petri check forecast --accept --note "the new series begins in 2019"`,
		ValidArgsFunction: a.completeChecks,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.valid(args); err != nil {
				return err
			}
			if f.accept {
				return a.acceptBaselines(cmd.Context(), f, args)
			}
			return a.check(cmd.Context(), f, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.environment, "env", "", "the environment or revision to run in")
	flags.StringVar(&f.commit, "commit", "", "check this commit, and not what is in the folder")
	a.projectFlag(cmd, &f.project)
	flags.StringVar(&f.baseline, "baseline", "", "compare one check with this run; its baseline where it has none yet")
	flags.StringVar(&f.junit, "junit", "", "also write a report in JUnit's XML to this file")
	flags.BoolVar(&f.accept, "accept", false, "run nothing: make the newest results the baselines")
	flags.StringVar(&f.note, "note", "", "with --accept: why the new results are right")
	flags.StringVar(&f.run, "run", "", "with --accept: the run to accept, in place of the newest")
	flags.BoolVar(&f.detach, "detach", false, "return at once and print the reference")
	_ = cmd.RegisterFlagCompletionFunc("env", a.completeEnvironments)
	return cmd
}

// valid refuses what makes no sense together.
func (f checkFlags) valid(names []string) error {
	switch {
	case !f.accept && (f.note != "" || f.run != ""):
		return petri.Errorf(petri.Invalid, "--note and --run go with --accept")
	case f.accept && strings.TrimSpace(f.note) == "":
		return petri.Errorf(petri.Invalid, "why is the new result right? A baseline changes only with a note: --note \"…\"")
	case f.accept && !utf8.ValidString(f.note):
		return petri.Errorf(petri.Invalid, "the note holds bytes that are not UTF-8: write it as text")
	case f.accept && (f.junit != "" || f.baseline != "" || f.commit != "" || f.environment != "" || f.detach):
		return petri.Errorf(petri.Invalid, "--accept runs nothing; of the other flags only --note, --run and --project go with it")
	case f.accept && f.run != "" && len(names) != 1:
		return petri.Errorf(petri.Invalid, "whose baseline is %s to be? Name one check", f.run)
	case f.detach && f.junit != "":
		return petri.Errorf(petri.Invalid, "--detach does not wait for what --junit would report")
	}
	return nil
}

// check sends the folder's files, starts the call and follows it.
func (a *app) check(ctx context.Context, f checkFlags, names []string) error {
	p, err := a.runPlace(runFlags{project: f.project, commit: f.commit})
	if err != nil {
		return err
	}
	in := api.NewChecks{Names: names, Commit: f.commit, Origin: "cli"}
	if in.Environment, err = checkEnvironment(f, p); err != nil {
		return err
	}
	if f.baseline != "" {
		if _, err := petri.ParseRunRef(f.baseline, petri.ProjectRef{Owner: firstOf(p.project.Owner, ownPlaceholder), Name: p.project.Name}); err != nil {
			return err
		}
		in.Baseline = f.baseline
	}
	if err := writable(f.junit); err != nil {
		return err
	}
	return a.with(ctx, func(ctx context.Context, client *api.Client) error {
		if f.commit == "" {
			if in.Commit, err = a.commitFolder(ctx, client, p, names); err != nil {
				return err
			}
		}
		study, err := client.StartChecks(ctx, p.project, in)
		if err != nil {
			return err
		}
		return a.checksStarted(ctx, client, study, f)
	})
}

// checkEnvironment is what flags or the folder's petri.toml ask for; the commit's own says it
// where neither does.
func checkEnvironment(f checkFlags, p place) (string, error) {
	written := f.environment
	if written == "" && f.commit == "" {
		written = p.settings.Environment
	}
	if written == "" {
		return "", nil
	}
	ref, err := parseEnvironment(written)
	return showEnvironment(ref), err
}

// commitFolder makes the folder's files the head and gives it. Checks that its petri.toml does
// not declare are refused before anything is sent.
func (a *app) commitFolder(ctx context.Context, client *api.Client, p place, names []string) (string, error) {
	for _, name := range names {
		if _, err := p.settings.Check(name); err != nil {
			return "", err
		}
	}
	if len(p.settings.Checks()) == 0 {
		return "", petri.Errorf(petri.Invalid, "%s declares no checks; add one under [[check]], with a name and a command", p.settings.path)
	}
	project, err := client.Project(ctx, p.project)
	if err != nil {
		return "", err
	}
	if project.Archived {
		return "", petri.Errorf(petri.Conflict, "project %s is archived: bring it back with petri project unarchive %s", project.Ref, project.Ref)
	}
	done, err := a.commit(ctx, client, p, petri.CommitID(project.Head), "check: "+oneLine(strings.Join(names, " ")))
	return string(done.commit), err
}

// checksStarted follows a call of checks to its end, or prints its reference.
func (a *app) checksStarted(ctx context.Context, client *api.Client, study api.Study, f checkFlags) error {
	if f.detach {
		return a.print(study, func() { a.out("%s", study.Ref) })
	}
	if !a.json {
		a.say("%s: %s in %s", study.Ref, count(len(study.Checks), "check"), study.Environment)
	}
	study, err := a.followStudy(ctx, client, study, checksCommand, &checkWatcher{style: a.style(a.stderr), told: map[int]bool{}})
	if err != nil {
		return err
	}
	if f.junit != "" {
		if err := writeJUnit(f.junit, study); err != nil {
			return err
		}
	}
	return a.checksOutcome(study)
}

// checkWatcher tells each verdict once, and which runs go on.
type checkWatcher struct {
	style style
	told  map[int]bool
}

func (w *checkWatcher) said(s api.Study) []string {
	var lines []string
	for i, c := range s.Checks {
		if c.Verdict == "" || w.told[i] {
			continue
		}
		w.told[i] = true
		lines = append(lines, fmt.Sprintf("[%d/%d] %s: %s", len(w.told), len(s.Checks), c.Check, w.style.finding(c.Verdict)))
	}
	return lines
}

func (w *checkWatcher) now(s api.Study) string {
	var going []string
	for _, c := range s.Checks {
		if c.Verdict == "" && textOf(c.Run) != "" {
			going = append(going, c.Check+" ("+textOf(c.Run)+")")
		}
	}
	if len(going) == 0 || s.Status != string(petri.StudyRunning) {
		return ""
	}
	return "running " + strings.Join(going, ", ")
}

// textOf is "" for nothing.
func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// checksOutcome prints a call of checks at rest and gives the exit code for it.
func (a *app) checksOutcome(s api.Study) error {
	if err := a.print(s, func() { a.printStudyChecks(s) }); err != nil {
		return err
	}
	if err := unfinished(s, checksCommand); err != nil {
		return err
	}
	return exits(checksExit(s.Checks))
}

// checksExit is trouble where anything could not be judged, else no where anything differs.
func checksExit(checks []api.StudyCheck) int {
	code := exitOK
	for _, c := range checks {
		switch petri.CheckVerdict(c.Verdict) {
		case petri.CheckBaseline, petri.CheckSame, petri.CheckTolerance, petri.CheckFixed:
		case petri.CheckChanged, petri.CheckRegressed, petri.CheckStillFailing, petri.CheckUnstable:
			code = max(code, exitNo)
		default:
			code = exitTrouble
		}
	}
	return code
}

func (a *app) printStudyChecks(s api.Study) {
	style, rows := a.style(a.stdout), [][]string{}
	for _, c := range s.Checks {
		took := ""
		if c.Seconds > 0 {
			took = seconds(c.Seconds)
		}
		rows = append(rows, []string{c.Check, style.finding(firstOf(c.Verdict, "-")), textOf(c.Run), took, plain(c.Summary)})
	}
	a.tableOfTexts([]string{"CHECK", "VERDICT", "RUN", "TOOK", "WHAT"}, rows)
	for _, c := range s.Checks {
		switch petri.CheckVerdict(c.Verdict) {
		case petri.CheckChanged:
			a.out("\n%s: look closer with: petri compare %s %s", c.Check, textOf(c.Baseline), textOf(c.Run))
			if d := c.Comparison; d != nil && len(d.Code)+len(d.Packages)+len(d.Settings)+len(d.Facts) == 0 {
				a.out("Nothing that it ran on differs. Does it repeat itself? petri reproduce %s --times 3", textOf(c.Run))
			}
			a.out("If the new result is right: petri check %s --accept --note \"…\"", c.Check)
		case petri.CheckRegressed, petri.CheckStillFailing:
			a.out("\n%s: see what it printed with: petri logs %s", c.Check, textOf(c.Run))
		}
	}
}
