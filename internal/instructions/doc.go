// Package instructions reads the Dockerfile instructions of a revision, which have no FROM:
// it checks them before anything is queued and renders them into a whole Dockerfile.
//
// Services (envs) check, the page's editor lints through httpd, and builder/buildkit renders.
// The package is pure: it reads no file, resolves no image and runs nothing.
package instructions

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/petri-dev/petri"
)

// The severities of a problem.
const (
	Error   = "error"   // the revision is refused
	Warning = "warning" // it would build, but perhaps not what was meant
)

// Problem is one finding. Line and Column count from 1 in the user's text, columns in
// characters.
type Problem struct {
	Line     int
	Column   int
	Severity string
	Message  string
}

func (p Problem) String() string {
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Message)
}

// Refusal is the error that problems amount to: nil when none is an Error, else of kind
// invalid with the place of each.
func Refusal(problems []Problem) error {
	message, count := "", 0
	for _, p := range problems {
		if p.Severity != Error {
			continue
		}
		if count++; count <= maxShown {
			message += "\n  " + p.String()
		}
	}
	switch {
	case count == 0:
		return nil
	case count == 1:
		return petri.Errorf(petri.Invalid, "the instructions cannot be built: %s", message[len("\n  "):])
	case count > maxShown:
		message += fmt.Sprintf("\n  and %d more", count-maxShown)
	}
	return petri.Errorf(petri.Invalid, "the instructions cannot be built:%s", message)
}

const maxShown = 10

// sorted puts problems in reading order and drops repeated ones.
func sorted(problems []Problem) []Problem {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}
