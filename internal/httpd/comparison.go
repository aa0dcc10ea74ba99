package httpd

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func encodeComparison(c petri.Comparison) api.Comparison {
	return api.Comparison{
		Verdict: string(c.Verdict), Summary: c.Summary, A: c.A.String(), B: c.B.String(),
		Settings: list(c.Settings, encodeFieldChange), Facts: list(c.Facts, encodeFieldChange), Code: list(c.Code, encodePathChange),
		Packages: encodePackageChanges(c.Packages), Metrics: list(c.Metrics, encodeMetricComparison), Results: list(c.Results, encodeFileComparison),
		Stdout: api.OutputChange{Verdict: string(c.Stdout.Verdict), Added: c.Stdout.Added, Removed: c.Stdout.Removed, Ignored: c.Stdout.Ignored, Hunks: c.Stdout.Hunks},
	}
}

func encodeMetricComparison(m petri.MetricComparison) api.MetricChange {
	return api.MetricChange{Name: m.Name, A: m.A, B: m.B, Delta: m.Delta, Verdict: string(m.Verdict)}
}

func encodeFileComparison(f petri.FileComparison) api.ResultChange {
	out := api.ResultChange{
		FilePath: api.NewFilePath(f.Path), Verdict: string(f.Verdict), Kind: f.Kind, Summary: f.Summary,
		MaxAbs: f.MaxAbs, MaxRel: f.MaxRel, Hunks: f.Hunks, Picture: f.Picture, Volatile: f.Volatile,
	}
	for _, c := range f.Cells {
		out.Cells = append(out.Cells, api.CellChange(c))
	}
	for _, c := range f.Columns {
		out.Columns = append(out.Columns, api.ColumnComparison{
			Name: c.Name, Verdict: string(c.Verdict), Cells: c.Cells, Differing: c.Differing, Beyond: c.Beyond, MaxAbs: c.MaxAbs, MaxRel: c.MaxRel,
		})
	}
	return out
}
