package archtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
)

const states = "docs/states.md"

// state is what the states of builds, runs and studies have in common.
type state[S any] interface {
	~string
	Next() []S
}

func TestStatesAreTold(t *testing.T) {
	doc := readDoc(t, states)
	compareTransitions(t, doc, "build", petri.BuildStatuses())
	compareTransitions(t, doc, "run", petri.RunStatuses())
	compareTransitions(t, doc, "study", petri.StudyStatuses())
}

// compareTransitions wants, between the markers of that kind, exactly the table that the
// dictionary's transitions make, and before it a sentence on each state.
func compareTransitions[S state[S]](t *testing.T, doc, kind string, all []S) {
	t.Helper()
	begin, end := fmt.Sprintf("<!-- %s transitions -->\n", kind), fmt.Sprintf("<!-- end of %s transitions -->", kind)
	before, rest, found := strings.Cut(doc, begin)
	got, _, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no part between %q and %q", states, begin, end)
	}
	if want := transitions(all); got != want {
		t.Errorf("the %s transitions in %s are not those of state.go; they should be:\n%s", kind, states, want)
	}
	for _, s := range all {
		if !strings.Contains(before, fmt.Sprintf("- **%s**: ", s)) {
			t.Errorf("%s says nothing of the %s state %s", states, kind, s)
		}
	}
}

func transitions[S state[S]](all []S) string {
	var b strings.Builder
	b.WriteString("| from \\ to |")
	for _, to := range all {
		fmt.Fprintf(&b, " %s |", string(to))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(all)) + "\n")
	for _, from := range all {
		if len(from.Next()) == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s |", string(from))
		for _, to := range all {
			mark := " "
			for _, next := range from.Next() {
				if next == to {
					mark = " yes "
				}
			}
			b.WriteString(mark + "|")
		}
		b.WriteString("\n")
	}
	return b.String()
}
