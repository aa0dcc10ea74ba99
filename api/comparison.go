package api

// Comparison is the differences between two runs, with one verdict.
type Comparison struct {
	Verdict  string          `json:"verdict" enum:"same,tolerance,different"`
	Summary  string          `json:"summary" doc:"what the verdict rests on, in a sentence"`
	A        string          `json:"a"`
	B        string          `json:"b"`
	Settings []FieldChange   `json:"settings"`
	Facts    []FieldChange   `json:"facts" doc:"of the environments and the machines"`
	Code     []PathChange    `json:"code"`
	Packages []PackageChange `json:"packages" doc:"those that a run loaded first"`
	Metrics  []MetricChange  `json:"metrics"`
	Results  []ResultChange  `json:"results"`
	Stdout   OutputChange    `json:"stdout"`
}

// MetricChange is a metric that differs.
type MetricChange struct {
	Name    string   `json:"name"`
	A       string   `json:"a"`
	B       string   `json:"b"`
	Delta   *float64 `json:"delta"`
	Verdict string   `json:"verdict" enum:"same,tolerance,different"`
}

// ResultChange is how one result file compares.
type ResultChange struct {
	FilePath
	Verdict  string             `json:"verdict" enum:"same,tolerance,different"`
	Kind     string             `json:"kind" doc:"what the contents were compared as; empty where they were not looked into"`
	Summary  string             `json:"summary"`
	MaxAbs   *float64           `json:"max_abs" doc:"largest difference between two finite numbers"`
	MaxRel   *float64           `json:"max_rel" doc:"the same, relative to the number in B"`
	Hunks    string             `json:"hunks,omitempty"`
	Cells    []CellChange       `json:"cells,omitempty" doc:"where most differs, worst first"`
	Columns  []ColumnComparison `json:"columns,omitempty"`
	Picture  bool               `json:"picture,omitempty" doc:"a picture of the difference can be had"`
	Volatile bool               `json:"volatile,omitempty" doc:"only what differs by nature differs, such as a date of creation"`
}

// CellChange is one place of a table, array or document that differs.
type CellChange struct {
	Where string   `json:"where"`
	A     string   `json:"a"`
	B     string   `json:"b"`
	Abs   *float64 `json:"abs,omitempty"`
	Rel   *float64 `json:"rel,omitempty"`
}

// ColumnComparison is how one column, or JSON path, compares.
type ColumnComparison struct {
	Name      string   `json:"name"`
	Verdict   string   `json:"verdict" enum:"same,tolerance,different"`
	Cells     int64    `json:"cells"`
	Differing int64    `json:"differing" doc:"cells that are not equal"`
	Beyond    int64    `json:"beyond" doc:"cells beyond the tolerance"`
	MaxAbs    *float64 `json:"max_abs,omitempty"`
	MaxRel    *float64 `json:"max_rel,omitempty"`
}

// OutputChange is how the standard outputs compare.
type OutputChange struct {
	Verdict string `json:"verdict" enum:"same,tolerance,different"`
	Added   int    `json:"added" doc:"lines"`
	Removed int    `json:"removed" doc:"lines"`
	Ignored int    `json:"ignored" doc:"lines that differ only in what varies by nature"`
	Hunks   string `json:"hunks,omitempty"`
}
