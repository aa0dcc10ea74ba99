package petri

// Verdict says in one word how two things compare.
type Verdict string

// The verdicts, from best to worst.
const (
	Same            Verdict = "same"
	WithinTolerance Verdict = "tolerance"
	Different       Verdict = "different"
)

// Worse is the worse of two verdicts; "" counts as Same.
func (v Verdict) Worse(w Verdict) Verdict {
	if v == Different || w == Different {
		return Different
	}
	if v == WithinTolerance || w == WithinTolerance {
		return WithinTolerance
	}
	return Same
}

// Comparison is the differences between two runs. The verdict is about what came out: how the
// runs ended, metrics, result files and standard output, as far as the rules count them; the
// rest explains it. B is compared with A; nothing that is the same is listed, but for Results.
type Comparison struct {
	Verdict Verdict `json:"verdict"`
	// Summary is the verdict's reasons in a sentence; "" for the same.
	Summary  string             `json:"summary"`
	A        RunRef             `json:"a"`
	B        RunRef             `json:"b"`
	Settings []FieldChange      `json:"settings"`
	Facts    []FieldChange      `json:"facts"` // of the environments and the machines
	Code     []PathChange       `json:"code"`
	Packages []PackageChange    `json:"packages"` // those that a run loaded first
	Metrics  []MetricComparison `json:"metrics"`
	Results  []FileComparison   `json:"results"`
	Stdout   OutputComparison   `json:"stdout"`
}

// FieldChange is a setting or a fact that differs.
type FieldChange struct {
	Field string `json:"field"`
	A     string `json:"a"`
	B     string `json:"b"`
}

// Ending tells whether it is how a run ended, and nothing that was asked for.
func (f FieldChange) Ending() bool {
	switch f.Field {
	case "status", "exit_code", "signal", "oom_killed", "timed_out":
		return true
	}
	return false
}

// Explains tells whether a setting may be why results differ: not how the runs ended, and not the
// environment, for which its packages speak.
func (f FieldChange) Explains() bool {
	return !f.Ending() && f.Field != "environment" && f.Field != "image_digest"
}

// PathChange is a file that differs between two trees.
type PathChange struct {
	Path   string `json:"path"`
	Change string `json:"change"` // added, changed or removed
	Hunks  string `json:"hunks"`  // unified difference, for text of moderate size
}

// PackageChange is one package that differs between two lists. A and B are versions, ""
// on the side where it is missing.
type PackageChange struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	A         string `json:"a"`
	B         string `json:"b"`
	Change    string `json:"change"` // added, removed or changed
	// Direction is, for changed, upgrade or downgrade as the ecosystem orders versions; "" where
	// it does not.
	Direction string `json:"direction"`
	// Loaded: one of the runs loaded it. Always false between revisions.
	Loaded bool `json:"loaded"`
}

// MetricComparison is a metric that differs.
type MetricComparison struct {
	Name    string   `json:"name"`
	A       string   `json:"a"` // "" where it is missing
	B       string   `json:"b"`
	Delta   *float64 `json:"delta"` // b − a, where both are numbers
	Verdict Verdict  `json:"verdict"`
}

// FileComparison is how one result file compares.
type FileComparison struct {
	Path    string  `json:"path"`
	Verdict Verdict `json:"verdict"`
	// Kind is what the contents were compared as: text, table, parquet, json, jsonl, array,
	// image, notebook, pdf, archive or binary; "" where they were not looked into.
	Kind    string `json:"kind"`
	Summary string `json:"summary"`
	// MaxAbs and MaxRel are the largest differences between two finite numbers; nil where the
	// kind knows no numbers or none differ. MaxRel is relative to B's number.
	MaxAbs *float64 `json:"max_abs"`
	MaxRel *float64 `json:"max_rel"`
	// Hunks is a unified difference of text, bounded.
	Hunks string `json:"hunks,omitempty"`
	// Cells are the places that differ most, at most MaxCells, worst first; Columns tell of each
	// column, or JSON path without its indices, in which anything differs.
	Cells   []CellChange       `json:"cells,omitempty"`
	Columns []ColumnComparison `json:"columns,omitempty"`
	// Picture tells that a picture of the difference can be drawn.
	Picture bool `json:"picture,omitempty"`
	// Volatile: all that differs is what differs by nature, such as a PDF's date of creation; the
	// verdict is then Same.
	Volatile bool `json:"volatile,omitempty"`
}

// MaxCells bounds the cells that a FileComparison names.
const MaxCells = 20

// CellChange is one place of a table, array or document that differs.
type CellChange struct {
	Where string   `json:"where"` // row 3, column "price"; or a JSON path: $.fit.coef[2]
	A     string   `json:"a"`
	B     string   `json:"b"`
	Abs   *float64 `json:"abs,omitempty"`
	Rel   *float64 `json:"rel,omitempty"`
}

// ColumnComparison is how one column compares.
type ColumnComparison struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Cells counts those compared, Differing those not equal, Beyond those beyond the tolerance.
	Cells     int64    `json:"cells"`
	Differing int64    `json:"differing"`
	Beyond    int64    `json:"beyond"`
	MaxAbs    *float64 `json:"max_abs,omitempty"`
	MaxRel    *float64 `json:"max_rel,omitempty"`
}

// OutputComparison is how two standard outputs compare. The counts are lines.
type OutputComparison struct {
	Verdict Verdict `json:"verdict"`
	Added   int     `json:"added"`
	Removed int     `json:"removed"`
	// Ignored counts lines that differ only in what varies by nature: times, addresses, ….
	Ignored int    `json:"ignored"`
	Hunks   string `json:"hunks,omitempty"`
}
