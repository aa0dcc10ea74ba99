package compare

import (
	"maps"
	"slices"

	"github.com/petri-dev/petri"
)

// metrics compares what two runs said of themselves, by name. The rules for the file
// petri-metrics.json, and for its columns, are those of all metrics, wherever they were said;
// rules that ignore that file ignore them all.
func metrics(a, b []petri.Metric, rules petri.Rules) []petri.MetricComparison {
	list := []petri.MetricComparison{}
	for _, pattern := range rules.Ignore {
		if petri.MatchPath(pattern, petri.MetricsFile) {
			return list
		}
	}
	ofFile := rules.For(petri.MetricsFile)
	saidA, saidB := metricsByName(a), metricsByName(b)
	names := slices.AppendSeq(slices.Collect(maps.Keys(saidA)), maps.Keys(saidB))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		tolerance, ignored := metricRules(ofFile, name)
		if ignored {
			continue
		}
		x, inA := saidA[name]
		y, inB := saidB[name]
		if inA && inB && x.Text == y.Text && sameNumber(x.Number, y.Number) {
			continue
		}
		m := petri.MetricComparison{Name: name, Verdict: petri.Different}
		if inA {
			m.A = x.String()
		}
		if inB {
			m.B = y.String()
		}
		if x.Number != nil && y.Number != nil {
			delta := *y.Number - *x.Number
			m.Delta = finite(delta)
			if tolerance.Close(*x.Number, *y.Number) {
				m.Verdict = petri.WithinTolerance
			}
		}
		list = append(list, m)
	}
	return list
}

// metricRules are how closely one metric is compared: a rule may name it as it is, or as it
// stands in the document.
func metricRules(file petri.FileRules, name string) (petri.Tolerance, bool) {
	t, ignored := file.Column(name)
	inFile, ignoredInFile := file.Column("$." + name)
	if inFile != file.Tolerance() {
		t = inFile
	}
	return t, ignored || ignoredInFile
}

func metricsByName(list []petri.Metric) map[string]petri.Metric {
	named := make(map[string]petri.Metric, len(list))
	for _, m := range list {
		named[m.Name] = m
	}
	return named
}

func sameNumber(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// finite is v where JSON can say it.
func finite(v float64) *float64 {
	if v-v != 0 {
		return nil
	}
	return &v
}
