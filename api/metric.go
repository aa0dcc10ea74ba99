package api

// Metric is a number or a text that a run said of itself.
type Metric struct {
	Name  string `json:"name"`
	Value any    `json:"value" doc:"a number or a text"`
}
