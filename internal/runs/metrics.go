package runs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
)

// MaxMetricsFile bounds the files that are read for metrics.
const MaxMetricsFile = 4 << 20

// FileMetrics reads a file of metrics, such as petri.MetricsFile: a JSON object of names and
// numbers or texts. NaN and infinities, which Python writes bare, are texts. note says in words
// for people what was not taken; "" where all was.
func FileMetrics(content []byte) (metrics []petri.Metric, note string) {
	if len(content) > MaxMetricsFile {
		return nil, fmt.Sprintf("its metrics were not taken: it is larger than %d MiB", MaxMetricsFile>>20)
	}
	content = quoteNaN(bytes.TrimPrefix(content, []byte("\uFEFF")))
	fields := json.NewDecoder(bytes.NewReader(content))
	if begin, err := fields.Token(); err != nil || begin != json.Delim('{') {
		return nil, "its metrics were not taken: it is no JSON object of names and numbers or texts"
	}
	var refused []string
	for fields.More() {
		name, err := fields.Token()
		var value any
		if err == nil {
			fields.UseNumber()
			err = fields.Decode(&value)
		}
		if err != nil {
			return nil, unreadable(err)
		}
		if m, ok := metricOf(name, value); ok {
			metrics = append(metrics, m)
		} else {
			refused = append(refused, fmt.Sprintf("%.40q", name))
		}
	}
	if _, err := fields.Token(); err != nil {
		return nil, unreadable(err)
	}
	if _, err := fields.Token(); !errors.Is(err, io.EOF) {
		return nil, "its metrics were not taken: something follows the JSON object"
	}
	metrics, more := bounded(metrics)
	return metrics, noteOf(refused, more)
}

func unreadable(err error) string {
	return "its metrics were not taken: it is not valid JSON (" + err.Error() + ")"
}

// metricOf makes a metric of a number or text; false for anything else.
func metricOf(name any, value any) (petri.Metric, bool) {
	written, isText := value.(string)
	if number, isNumber := value.(json.Number); isNumber {
		written = number.String()
	} else if !isText {
		return petri.Metric{}, false
	}
	text, _ := name.(string)
	m, err := petri.NewMetric(text, written)
	if isText { // "1e3" was written as text, and stays that
		m = petri.Metric{Name: text, Text: written}
	}
	return m, err == nil
}

// bounded keeps as many as a run may have.
func bounded(metrics []petri.Metric) (kept []petri.Metric, more int) {
	metrics = petri.NewMetrics(metrics)
	more = max(0, len(metrics)-petri.MaxMetrics)
	return metrics[:len(metrics)-more], more
}

func noteOf(refused []string, more int) string {
	notes := []string{}
	if n := len(refused); n > 0 {
		notes = append(notes, fmt.Sprintf("not taken as metrics, for they are no number and no text of moderate length: %s", some(refused)))
	}
	if more > 0 {
		notes = append(notes, fmt.Sprintf("%d metrics are more than a run may have, and were not taken", more))
	}
	return strings.Join(notes, "; ")
}

// MergeMetrics puts together what files said and what the command said, which wins. A run's record
// holds no more of them than a run may have; what is beyond is left out.
func MergeMetrics(fromFiles, fromCommand []petri.Metric) []petri.Metric {
	own := map[string]bool{}
	for _, m := range fromCommand {
		own[m.Name] = true
	}
	room := petri.MaxMetrics - len(own)
	all := []petri.Metric{}
	for _, m := range petri.NewMetrics(fromFiles) {
		if !own[m.Name] && room > 0 {
			all = append(all, m)
			room--
		}
	}
	return petri.NewMetrics(append(all, fromCommand...))
}

// quoteNaN puts NaN, Infinity and -Infinity, where they stand as values, between quotes.
func quoteNaN(content []byte) []byte {
	if !bytes.Contains(content, []byte("NaN")) && !bytes.Contains(content, []byte("Infinity")) {
		return content
	}
	quoted := make([]byte, 0, len(content)+64)
	inText := false
	for i := 0; i < len(content); i++ {
		if inText {
			if content[i] == '\\' && i+1 < len(content) {
				quoted = append(quoted, content[i])
				i++
			} else if content[i] == '"' {
				inText = false
			}
			quoted = append(quoted, content[i])
			continue
		}
		if word := bareWord(content[i:]); word != "" {
			quoted = append(quoted, strconv.Quote(word)...)
			i += len(word) - 1
			continue
		}
		inText = content[i] == '"'
		quoted = append(quoted, content[i])
	}
	return quoted
}

func bareWord(content []byte) string {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(content, []byte(word)) {
			return word
		}
	}
	return ""
}
