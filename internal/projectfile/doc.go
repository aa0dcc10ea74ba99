// Package projectfile reads petri.toml, the file at a project's root that says which project it
// is, how it runs, which checks it declares, and what counts when its runs are compared.
//
// The command line reads it from a folder, trials from a commit. It is pure: it opens no file,
// and never writes one. What it does not know it refuses, by line: a misspelt key must not be a
// setting that silently does not hold.
package projectfile

import (
	"slices"
	"time"

	"github.com/petri-dev/petri"
)

// Name is how the file is called.
const Name = "petri.toml"

// maxBytes bounds the file; maxChecks what it declares.
const (
	maxBytes  = 1 << 20
	maxChecks = 500
)

// File is what a petri.toml says, all of it checked.
type File struct {
	// Project and Environment are as they were written, perhaps without an owner; "" where they
	// were not.
	Project     string
	Environment string
	// Trials is false where the project asks to be left out of trials.
	Trials bool
	Run    Run

	checks []petri.Check
	rules  petri.Rules
}

// Run is what runs take where nothing else is said; zero values stand for what is not said.
type Run struct {
	Command     []string
	CPUs        float64
	MemoryBytes int64
	GPUs        int
	Timeout     time.Duration
	Network     petri.Network
	Variables   map[string]string
	Tags        []string
}

// Checks are the declared checks, in the order of the file. Their names are unique. A check
// takes CPUs, memory, GPUs, network and variables of [run] where it says nothing else, and the
// rules of [compare] likewise.
func (f File) Checks() []petri.Check { return slices.Clone(f.checks) }

// Check is the check of that name. Kind: not_found.
func (f File) Check(name string) (petri.Check, error) {
	for _, c := range f.checks {
		if c.Name == name {
			return c, nil
		}
	}
	if len(f.checks) == 0 {
		return petri.Check{}, petri.Errorf(petri.NotFound, "there is no check %.100q: petri.toml declares none; add one under [[check]]", name)
	}
	return petri.Check{}, petri.Errorf(petri.NotFound, "there is no check %.100q in petri.toml; there are: %s", name, f.names())
}

// Rules are those of [compare], by which any two runs of the project are compared.
func (f File) Rules() petri.Rules { return f.rules }
