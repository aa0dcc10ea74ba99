package runs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
)

func said(metrics []petri.Metric) string {
	words := []string{}
	for _, m := range metrics {
		sort := "text"
		if m.Number != nil {
			sort = "number"
		}
		words = append(words, fmt.Sprintf("%s %s=%s", sort, m.Name, m))
	}
	return strings.Join(words, ", ")
}

func TestFileMetrics(t *testing.T) {
	for _, test := range []struct{ name, content, want, note string }{
		{"numbers and texts", `{"auc": 0.9140, "n": 12, "model": "gbm", "big": 1e300}`, "number auc=0.914, number big=1e+300, text model=gbm, number n=12", ""},
		{"text that looks like a number", `{"version": "1.10"}`, "text version=1.10", ""},
		{"Python's NaN", `{"loss": NaN, "worst": -Infinity, "say": "NaN \" Infinity"}`, `text loss=NaN, text say=NaN " Infinity, text worst=-Infinity`, ""},
		{"twice", `{"a": 1, "a": 2}`, "number a=2", ""},
		{"byte order mark", "\uFEFF{\"a\": 1}", "number a=1", ""},
		{"beyond a float", `{"a": 1e999}`, "text a=1e999", ""},
		{"nested", `{"a": 1, "folds": [1, 2], "b": {"c": 3}, "t": true, "n": null}`, "number a=1", `"folds", "b", "t", "n"`},
		{"no name", `{"": 1, " ": 2, "a": 3}`, "number a=3", `no number and no text`},
		{"long text", `{"a": "` + strings.Repeat("x", petri.MaxMetricText+1) + `"}`, "", `"a"`},
		{"empty", "", "", "no JSON object"},
		{"a list", "[1]", "", "no JSON object"},
		{"a link's target", "../elsewhere", "", "no JSON object"},
		{"cut off", `{"a": 1, "b"`, "", "not valid JSON"},
		{"more after it", `{"a": 1} {"b": 2}`, "", "something follows"},
		{"deep", `{"a": ` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, "", "not valid JSON"},
		{"large", strings.Repeat(" ", runs.MaxMetricsFile) + "{}", "", "larger than 4 MiB"},
	} {
		metrics, note := runs.FileMetrics([]byte(test.content))
		if got := said(metrics); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if (note == "") != (test.note == "") || !strings.Contains(note, test.note) {
			t.Errorf("%s: note %q, want %q", test.name, note, test.note)
		}
	}
}

func TestFileMetricsTooMany(t *testing.T) {
	var b strings.Builder
	for i := range petri.MaxMetrics + 5 {
		fmt.Fprintf(&b, ", \"m%d\": %d", i, i)
	}
	metrics, note := runs.FileMetrics([]byte("{" + b.String()[1:] + "}"))
	if len(metrics) != petri.MaxMetrics || !strings.HasPrefix(note, "5 metrics are more") {
		t.Errorf("%d metrics, note %q", len(metrics), note)
	}
}

func TestMergeMetrics(t *testing.T) {
	file, note := runs.FileMetrics([]byte(`{"a": 1, "b": 2}`))
	command, _ := runs.FileMetrics([]byte(`{"b": 3, "c": "x"}`))
	if got := said(runs.MergeMetrics(file, command)); got != "number a=1, number b=3, text c=x" || note != "" {
		t.Errorf("merged to %s, note %q", got, note)
	}
}

func FuzzFileMetrics(f *testing.F) {
	for _, seed := range []string{`{"a": 1}`, `{"a": NaN, "b": "NaN"}`, `{"a": [1]}`, "{", "\uFEFF{}", `{"a\ud800": "\u0000"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		metrics, _ := runs.FileMetrics(content)
		for i, m := range metrics {
			if _, err := petri.NewMetric(m.Name, m.String()); err != nil {
				t.Errorf("took %q: %v", m.Name, err)
			}
			if i > 0 && metrics[i-1].Name >= m.Name {
				t.Errorf("%q and %q are not in order", metrics[i-1].Name, m.Name)
			}
		}
	})
}
