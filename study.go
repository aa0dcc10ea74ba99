package petri

import (
	"strconv"
	"strings"
	"time"
)

// Study is a question that several runs answer together: a call of checks, a reproduction, a
// trial, or a bisection. Its runs are rows of their own; a study that was cut off goes on from
// what its document says and its runs have become.
type Study struct {
	ID     StudyID
	Kind   StudyKind
	Status StudyStatus
	// ProjectID is of checks, reproductions and bisections; EnvironmentID of trials and
	// bisections; RunID is the run reproduced; CandidateID the revision on trial. 0 where there is none.
	ProjectID     ProjectID
	EnvironmentID EnvironmentID
	RunID         RunID
	CandidateID   RevisionID
	// Verdict is a Verdict, or for a trial a TrialVerdict; "" until it is known.
	Verdict    string
	CreatedBy  string
	Origin     string
	CreatedAt  time.Time
	FinishedAt time.Time
	// StopRequestedBy is the person who asked to stop it.
	StopRequestedBy string
	// Error is, for status error, what kept Petri from answering.
	Error string
	// Version counts changes, so that two hands do not overwrite each other's.
	Version int64

	// Exactly that of Kind is set.
	Checks       *CheckReport
	Reproduction *Reproduction
	Trial        *Trial
	Bisection    *Bisection
}

// StudyID identifies a study, across projects and environments.
type StudyID int64

// StudyKind says what a study asks.
type StudyKind string

// The kinds of study.
const (
	StudyChecks       StudyKind = "check"
	StudyReproduction StudyKind = "reproduction"
	StudyTrial        StudyKind = "trial"
	StudyBisection    StudyKind = "bisection"
)

// Ref is the study's reference: trial-12.
func (s Study) Ref() string { return string(s.Kind) + "-" + strconv.FormatInt(int64(s.ID), 10) }

// ParseStudyRef reads "trial-12", or "12" where only one kind can be meant. Kind: invalid.
func ParseStudyRef(s string, kind StudyKind) (StudyID, error) {
	n, err := parseNumber(strings.TrimPrefix(s, string(kind)+"-"))
	if err != nil {
		return 0, Errorf(Invalid, "%q is no %s: write its number, or %s-12", clip(s), kind, kind)
	}
	return StudyID(n), nil
}

// DropComparisons leaves out of a study what is only looked at in one study at a time, and takes
// the most room: its comparisons.
func (s *Study) DropComparisons() {
	if s.Checks != nil {
		for i := range s.Checks.Checks {
			s.Checks.Checks[i].Comparison = nil
		}
	}
	if s.Reproduction != nil {
		for i := range s.Reproduction.Reruns {
			s.Reproduction.Reruns[i].Comparison = nil
		}
	}
	if s.Trial != nil {
		for i := range s.Trial.Checks {
			s.Trial.Checks[i].Comparison, s.Trial.Checks[i].Again = nil, nil
		}
	}
	if s.Bisection != nil {
		s.Bisection.Comparison = nil
	}
}

// StudyRun is a run that a study needs; the zero value until it was found or submitted.
type StudyRun struct {
	ID     RunID     `json:"id"`
	Ref    RunRef    `json:"run"`
	Status RunStatus `json:"status"`
	// Reused: the run was there already, with the same commit, image and command.
	Reused bool `json:"reused,omitempty"`
	// Wall is how long its command took, once it has ended.
	Wall time.Duration `json:"wall,omitempty"`
	// Retried: it is the second one, since Petri could not carry the first to its end.
	Retried bool `json:"retried,omitempty"`
}

// Check is a regression run that a project declares in its petri.toml.
type Check struct {
	Name  string  `json:"name"`
	Spec  RunSpec `json:"spec"`
	Rules Rules   `json:"rules"`
}

// CheckVerdict is what came of a check, compared with its baseline or, in a trial, with its
// control.
type CheckVerdict string

// The verdicts of a check. Fixed and StillFailing are no harm that a candidate does.
const (
	CheckBaseline     CheckVerdict = "baseline"      // the first result, which others will be compared with
	CheckSame         CheckVerdict = "same"          //
	CheckTolerance    CheckVerdict = "tolerance"     // same within tolerance
	CheckChanged      CheckVerdict = "changed"       // other results
	CheckRegressed    CheckVerdict = "regressed"     // it succeeded and now fails
	CheckFixed        CheckVerdict = "fixed"         // it failed and now succeeds
	CheckStillFailing CheckVerdict = "still-failing" // it failed and fails
	CheckUnstable     CheckVerdict = "unstable"      // it does not even reproduce itself
	CheckTrouble      CheckVerdict = "trouble"       // it could not be judged: its files match nothing, or Petri failed
	CheckStopped      CheckVerdict = "stopped"
)

// CheckReport is one call of a project's checks.
type CheckReport struct {
	Project     ProjectRef     `json:"project"`
	Commit      CommitID       `json:"commit"`
	Environment EnvironmentRef `json:"environment"` // the revision
	Checks      []CheckResult  `json:"checks"`
}

// CheckResult is one check of a call. Verdict is "" until it is known.
type CheckResult struct {
	Check      Check        `json:"check"`
	Run        StudyRun     `json:"run"`
	Baseline   RunRef       `json:"baseline"`
	Verdict    CheckVerdict `json:"verdict"`
	Summary    string       `json:"summary"`
	Comparison *Comparison  `json:"comparison,omitempty"`
}

// Baseline is the result that a check's later ones are compared with. Earlier ones are kept:
// the newest holds.
type Baseline struct {
	ProjectID  ProjectID
	Check      string
	RunID      RunID
	Run        RunRef
	AcceptedBy string
	Note       string
	AcceptedAt time.Time
}

// Reproduction is reruns of a recorded run with everything as recorded, each compared with it.
type Reproduction struct {
	Run     RunRef            `json:"run"`
	Rules   Rules             `json:"rules"`
	Reruns  []ReproductionRun `json:"reruns"`
	Verdict Verdict           `json:"verdict"` // the worst; "" until it is known
	// Noise is, for each number that any rerun changed, how far it spreads without any change.
	Noise []Spread `json:"noise"`
}

// ReproductionRun is one rerun.
type ReproductionRun struct {
	Run        StudyRun    `json:"run"`
	Verdict    Verdict     `json:"verdict"`
	Summary    string      `json:"summary"`
	Causes     []Cause     `json:"causes"`
	Comparison *Comparison `json:"comparison,omitempty"`
}

// Cause is a likely reason for a difference, with what speaks for it.
type Cause struct {
	Cause CauseName `json:"cause"`
	Why   string    `json:"why"` // a sentence
}

// CauseName is a reason for a difference.
type CauseName string

// The causes that Petri can name.
const (
	CauseEnvironment CauseName = "environment"    // other packages, or another image
	CauseCode        CauseName = "code"           // another commit
	CauseSettings    CauseName = "settings"       // another command, other variables or resources
	CauseMachine     CauseName = "machine"        // another CPU or kernel
	CauseTime        CauseName = "time stamp"     // the difference is a date or a time
	CauseSeed        CauseName = "random seed"    // random numbers without a fixed seed
	CauseThreads     CauseName = "thread order"   // last digits, with several threads
	CauseSelfChanged CauseName = "changed itself" // the run changed its own environment
	CauseNetwork     CauseName = "network"        // the run could read what is outside
)

// Spread is how far a number went between runs of the same thing.
type Spread struct {
	Where  string  `json:"where"` // metric auc; out/fit.csv, column "se"
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
	MaxAbs float64 `json:"max_abs"`
	MaxRel float64 `json:"max_rel"`
}

// TrialVerdict is what promoting a candidate would do.
type TrialVerdict string

// The verdicts of a trial, from best to worst.
const (
	TrialSafe     TrialVerdict = "safe"
	TrialUnstable TrialVerdict = "unstable" // some check does not reproduce itself, nothing worse
	TrialChanges  TrialVerdict = "changes"
	TrialBreaks   TrialVerdict = "breaks"
)

// Trial is the checks of all dependents of an environment, run in its active revision, the
// control, and in a candidate, compared.
type Trial struct {
	Candidate EnvironmentRef `json:"candidate"`
	Control   EnvironmentRef `json:"control"`
	// Parallel is how many runs go on at once.
	Parallel int          `json:"parallel"`
	Verdict  TrialVerdict `json:"verdict"` // "" until it is known
	// Derived are candidates of environments based on this one, built for the trial.
	Derived []DerivedCandidate `json:"derived"`
	Checks  []TrialCheck       `json:"checks"`
	// LeftOut are dependents that were not tried, with the reason.
	LeftOut []TrialLeftOut `json:"left_out"`
}

// DerivedCandidate is the revision of an environment based on the one on trial that differs
// from its active one, Control, in nothing but its base.
type DerivedCandidate struct {
	Control   EnvironmentRef `json:"control"`
	Candidate EnvironmentRef `json:"candidate"` // the zero value until it is made
	Error     string         `json:"error"`     // why it could not be built; "" where it could
	// Canceled: somebody cancelled its build, or that of its base, so that nobody knows.
	Canceled bool `json:"canceled,omitempty"`
}

// TrialCheck is one check of one dependent.
type TrialCheck struct {
	Project   ProjectRef     `json:"project"`
	ProjectID ProjectID      `json:"project_id"`
	Check     Check          `json:"check"`
	Commit    CommitID       `json:"commit"`
	Control   EnvironmentRef `json:"control"`
	Candidate EnvironmentRef `json:"candidate"`

	ControlRun   StudyRun `json:"control_run"`
	ControlAgain StudyRun `json:"control_again"` // made only where the candidate differs
	CandidateRun StudyRun `json:"candidate_run"`
	// ControlMore are further runs of the control, made where the one before came out the same and
	// the difference may still be chance.
	ControlMore []StudyRun `json:"control_more,omitempty"`

	Verdict    CheckVerdict `json:"verdict"` // "" until it is known
	Summary    string       `json:"summary"`
	Comparison *Comparison  `json:"comparison,omitempty"` // of the candidate's run with the control's
	Again      *Comparison  `json:"again,omitempty"`      // of another run of the control with its first, where they differ
}

// TrialLeftOut is a dependent that a trial did not try.
type TrialLeftOut struct {
	Project ProjectRef `json:"project"`
	Why     string     `json:"why"` // it declares no checks; its petri.toml cannot be read; it asks to be left out; …
}

// Bisection finds the first revision of an environment whose results of a check differ.
type Bisection struct {
	Project ProjectRef `json:"project"`
	Check   Check      `json:"check"`
	Commit  CommitID   `json:"commit"`
	// Revisions are the ready ones from the good to the bad one, in order.
	Revisions []EnvironmentRef `json:"revisions"`
	// Repeats is how often the good one is run again, to see whether the check repeats itself: 3 times
	// where its code draws at random without a seed, else once (or 0, in older ones).
	Repeats int `json:"repeats,omitempty"`
	// Bound is the most runs that this can take, those reused included.
	Bound int `json:"bound"`
	// New is how many of them had to be made at most when it began.
	New   int             `json:"new"`
	Steps []BisectionStep `json:"steps"`
	// First is the first revision whose results differ; Before the one before it.
	First      EnvironmentRef  `json:"first"`
	Before     EnvironmentRef  `json:"before"`
	Summary    string          `json:"summary"`
	Packages   []PackageChange `json:"packages"` // between Before and First, loaded ones first
	Comparison *Comparison     `json:"comparison,omitempty"`
}

// BisectionStep is one revision tried.
type BisectionStep struct {
	Revision EnvironmentRef `json:"revision"`
	Run      StudyRun       `json:"run"`
	// Verdict is good or bad; "" until it is known.
	Verdict string `json:"verdict"`
	Summary string `json:"summary"`
}
