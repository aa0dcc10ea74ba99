package api

// Study is a question that several runs answer together. Which of the fields below kind-specific
// ones there are depends on Kind; lists that a kind has are there even where they are empty.
type Study struct {
	Ref        string `json:"ref" doc:"kind-n, such as trial-12"`
	Kind       string `json:"kind" enum:"check,reproduction,trial,bisection"`
	Status     string `json:"status" enum:"running,done,stopped,error"`
	Verdict    string `json:"verdict" doc:"empty until it is known; same, tolerance or different, or of a trial safe, changes, breaks or unstable"`
	CreatedBy  string `json:"created_by"`
	Origin     string `json:"origin"`
	CreatedAt  Time   `json:"created_at"`
	FinishedAt *Time  `json:"finished_at"`
	StoppedBy  string `json:"stopped_by"`
	Error      string `json:"error"`

	// Of checks, reproductions and bisections.
	Project string `json:"project,omitempty"`
	// Of checks and bisections.
	Commit string `json:"commit,omitempty"`
	// Environment is, of checks, the revision in which they run.
	Environment string `json:"environment,omitempty"`
	// Of checks, an element each; of trials, one for each check of each dependent.
	Checks []StudyCheck `json:"checks,omitzero" required:"false"`

	// Of reproductions.
	Run        string         `json:"run,omitempty" doc:"the run that is reproduced"`
	Rules      *CompareRules  `json:"rules,omitempty"`
	Reruns     []Reproduction `json:"reruns,omitzero" required:"false"`
	Noise      []Spread       `json:"noise,omitzero" required:"false" doc:"how far each number went without any change"`
	Suggestion *Tolerance     `json:"suggestion,omitempty" doc:"a tolerance that would cover the noise"`

	TrialPart
	BisectionPart
}

// StudyCheck is one check of a call of checks, or of a trial.
type StudyCheck struct {
	Project string `json:"project"`
	Check   string `json:"check"`
	Verdict string `json:"verdict" doc:"empty until it is known; baseline, same, tolerance, changed, regressed, fixed, still-failing, unstable, trouble or stopped"`
	Summary string `json:"summary"`

	// Of a call of checks.
	Run      *string `json:"run,omitempty"`
	Status   *string `json:"status,omitempty" doc:"the run's"`
	Baseline *string `json:"baseline,omitempty" doc:"the run that it is compared with"`
	Seconds  float64 `json:"seconds,omitempty" doc:"how long the run's command took"`

	// Of a trial.
	ControlRun   *string `json:"control_run,omitempty"`
	CandidateRun *string `json:"candidate_run,omitempty"`
	TrialCheckPart
	ControlAgain *string  `json:"control_again,omitempty" doc:"made where the candidate differs, to see whether the control reproduces itself"`
	ControlMore  []string `json:"control_more,omitempty" doc:"made where that came out the same and the difference may still be chance"`

	Comparison *Comparison `json:"comparison,omitempty" doc:"without what is the same; its longest parts are cut"`
	Again      *Comparison `json:"again,omitempty" doc:"of another run of the control with its first, where they differ"`
}

// Reproduction is one rerun of a recorded run.
type Reproduction struct {
	Run        string      `json:"run"`
	Status     string      `json:"status"`
	Verdict    string      `json:"verdict" doc:"empty until it is known"`
	Summary    string      `json:"summary"`
	Seconds    float64     `json:"seconds,omitempty"`
	Causes     []Cause     `json:"causes" doc:"likely reasons, none of them certain"`
	Comparison *Comparison `json:"comparison,omitempty"`
}

// Cause is a likely reason for a difference.
type Cause struct {
	Cause string `json:"cause"`
	Why   string `json:"why" doc:"what speaks for it"`
}

// Spread is how far a number went between runs of the same thing.
type Spread struct {
	Where  string  `json:"where"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
	MaxAbs float64 `json:"max_abs"`
	MaxRel float64 `json:"max_rel"`
}

// Tolerance is as in NumPy's allclose.
type Tolerance struct {
	RTol float64 `json:"rtol"`
	ATol float64 `json:"atol"`
}

// CompareRules say what counts in a comparison; what is absent is as the project has it in its
// petri.toml, under [compare]. Ignore is besides what the project ignores.
type CompareRules struct {
	RTol    *float64 `json:"rtol,omitempty"`
	ATol    *float64 `json:"atol,omitempty"`
	Results []string `json:"results,omitempty"`
	Ignore  []string `json:"ignore,omitempty"`
	Keys    []string `json:"keys,omitempty"`
	Stdout  string   `json:"stdout,omitempty" enum:"rules,exact,ignore"`
}

// NewChecks asks for a call of checks.
type NewChecks struct {
	Names       []string `json:"names,omitempty" doc:"all that the commit declares where absent"`
	Commit      string   `json:"commit,omitempty" doc:"id, unambiguous prefix, or head, which is the default"`
	Environment string   `json:"environment,omitempty" doc:"a reference; that of petri.toml, else the project's own, where absent"`
	Baseline    string   `json:"baseline,omitempty" doc:"a run to compare one check with; it becomes the baseline where there is none"`
	Origin      string   `json:"origin,omitempty"`
}

// NewReproduction asks for reruns of a run.
type NewReproduction struct {
	Times  int           `json:"times,omitempty" doc:"1 where absent"`
	Rules  *CompareRules `json:"rules,omitempty" doc:"those of the project's petri.toml where absent"`
	Origin string        `json:"origin,omitempty"`
}

// AcceptBaseline asks that a result be what later ones are compared with.
type AcceptBaseline struct {
	Run  string `json:"run,omitempty" doc:"the check's newest result where absent"`
	Note string `json:"note,omitempty" doc:"why; it must be there"`
}

// Baseline is a result that a check is or was compared with.
type Baseline struct {
	Check      string `json:"check"`
	Run        string `json:"run"`
	AcceptedBy string `json:"accepted_by"`
	AcceptedAt Time   `json:"accepted_at"`
	Note       string `json:"note"`
}

// DeclaredCheck is a check that a project's head declares.
type DeclaredCheck struct {
	Name     string    `json:"name"`
	Command  []string  `json:"command"`
	Results  []string  `json:"results" doc:"patterns of the files that count; none stands for all"`
	Baseline *Baseline `json:"baseline"`
	// Of the newest result; empty where there is none.
	Verdict string `json:"verdict"`
	Summary string `json:"summary"`
	Run     string `json:"run"`
	Study   string `json:"study"`
	At      *Time  `json:"at"`
}

// Reproduced is what is known of a run's reproductions.
type Reproduced struct {
	Times      int     `json:"times" doc:"reruns that were compared"`
	Reproduced int     `json:"reproduced" doc:"those that were the same, or within tolerance"`
	LastAt     *Time   `json:"last_at"`
	Studies    []Study `json:"studies" doc:"newest first"`
}
