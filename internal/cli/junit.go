package cli

import (
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

// The elements of JUnit's report, as both of the schemas in use have them.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		ID         int             `xml:"id,attr"`
		Package    string          `xml:"package,attr"`
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Hostname   string          `xml:"hostname,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		Out        string          `xml:"system-out"`
		Err        string          `xml:"system-err"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Skipped   *struct{}     `xml:"skipped"`
		Error     *junitProblem `xml:"error"`
		Failure   *junitProblem `xml:"failure"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a call of checks as a report that continuous integration reads.
func writeJUnit(path string, s api.Study) error {
	text, err := xml.MarshalIndent(junitSuites{Suites: []junitSuite{junitOf(s)}}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	text = append([]byte(xml.Header), append(text, '\n')...)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return petri.Wrap(petri.Invalid, err, "the report cannot be written (%v)", err)
	}
	return nil
}

// writable refuses a report that could not be written, before anything runs for it. It leaves no
// file where there was none.
func writable(path string) error {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		if file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err == nil {
			defer os.Remove(path)
		}
	}
	if err != nil {
		return petri.Wrap(petri.Invalid, err, "the report cannot be written (%v); nothing was run", err)
	}
	return file.Close()
}

func junitOf(s api.Study) junitSuite {
	suite := junitSuite{
		Package: s.Project, Name: s.Ref, Tests: len(s.Checks), Timestamp: s.CreatedAt.UTC().Format("2006-01-02T15:04:05"), Hostname: "petri",
		Properties: []junitProperty{{"commit", s.Commit}, {"environment", s.Environment}},
	}
	total := 0.0
	for _, c := range s.Checks {
		one := junitCase{Name: c.Check, ClassName: s.Project, Time: junitSeconds(c.Seconds)}
		total += c.Seconds
		problem := &junitProblem{Message: c.Summary, Type: c.Verdict, Text: fmt.Sprintf("%s\nbaseline %s, run %s\n", c.Summary, textOf(c.Baseline), textOf(c.Run))}
		switch code := checksExit([]api.StudyCheck{c}); {
		case c.Verdict == "" || c.Verdict == string(petri.CheckStopped):
			one.Skipped = &struct{}{}
			suite.Skipped++
		case code == exitNo:
			one.Failure = problem
			suite.Failures++
		case code == exitTrouble:
			one.Error = problem
			suite.Errors++
		}
		suite.Cases = append(suite.Cases, one)
	}
	suite.Time = junitSeconds(total)
	return suite
}

func junitSeconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }
