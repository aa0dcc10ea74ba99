package petri

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Metric is a name and a number or text that a run said of itself.
type Metric struct {
	Name string
	// Number is set for a number; Text otherwise. What is no finite number is text: NaN, Inf.
	Number *float64
	Text   string
}

// String is the value as text; a number as short as it can be without loss.
func (m Metric) String() string {
	if m.Number != nil {
		return strconv.FormatFloat(*m.Number, 'g', -1, 64)
	}
	return m.Text
}

type metricDocument struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// MarshalJSON implements json.Marshaler: {"name": …, "value": number or text}.
func (m Metric) MarshalJSON() ([]byte, error) {
	if m.Number != nil {
		return json.Marshal(metricDocument{m.Name, *m.Number})
	}
	return json.Marshal(metricDocument{m.Name, m.Text})
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *Metric) UnmarshalJSON(b []byte) error {
	var d metricDocument
	if err := json.Unmarshal(b, &d); err != nil {
		return err
	}
	*m = Metric{Name: d.Name}
	switch v := d.Value.(type) {
	case float64:
		m.Number = &v
	case string:
		m.Text = v
	default:
		return Errorf(Invalid, "metric %q is neither a number nor text", clip(d.Name))
	}
	return nil
}

// The bounds of what a run may say of itself.
const (
	MaxMetrics      = 10_000
	MaxMetricName   = 200
	MaxMetricText   = 4 << 10
	MetricsFile     = "petri-metrics.json" // at the project's root: an object of names and numbers or texts
	DominoStatsFile = "dominostats.json"   // the same, by the name that users of Domino know
)

// NewMetric makes a metric of a written value: a number where it is a finite one. Kind: invalid.
func NewMetric(name, value string) (Metric, error) {
	m := Metric{Name: name}
	switch {
	case strings.TrimSpace(name) == "" || len(name) > MaxMetricName:
		return m, Errorf(Invalid, "%q cannot name a metric: a name has 1 to %d bytes", clip(name), MaxMetricName)
	case len(value) > MaxMetricText:
		return m, Errorf(Invalid, "the value of metric %s is longer than %d bytes; write it to a file of the project instead", clip(name), MaxMetricText)
	}
	if err := CheckText("a metric", name+value); err != nil {
		return m, err
	}
	if n, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		m.Number = &n
		return m, nil
	}
	m.Text = value
	return m, nil
}

// NewMetrics sorts by name and keeps, of one name, the last that was said. It takes ownership.
func NewMetrics(said []Metric) []Metric {
	slices.SortStableFunc(said, func(a, b Metric) int { return strings.Compare(a.Name, b.Name) })
	last := said[:0]
	for i, m := range said {
		if i+1 == len(said) || said[i+1].Name != m.Name {
			last = append(last, m)
		}
	}
	return last
}
