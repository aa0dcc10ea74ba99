// Package explain says what a difference between two runs is likely to come from, and how far
// numbers go without any change.
//
// trials calls it with two runs, their comparison and some of the code that ran. It is pure, and
// never says more than is likely: each cause comes with what speaks for it, and where nothing
// speaks for any, none is named.
package explain

import (
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/compare/text"
)

// Input is what is known of a difference. B was compared with A.
type Input struct {
	A, B       petri.Run
	Comparison petri.Comparison
	// Code is what of the runs' code was looked into: that of B.
	Code []Source
}

// Source is a file of code.
type Source struct {
	Path string
	Text string
	// Extension tells its language where the path does not, as ".py".
	Extension string
}

// Causes are likely reasons for a difference, the likeliest first; none for runs that are the
// same, nor where nothing speaks for any.
func Causes(in Input) []petri.Cause {
	causes := []petri.Cause{}
	if in.Comparison.Verdict == petri.Same || in.Comparison.Verdict == "" {
		return causes
	}
	add := func(name petri.CauseName, why string) {
		if why != "" {
			causes = append(causes, petri.Cause{Cause: name, Why: why})
		}
	}
	add(petri.CauseCode, otherCode(in))
	add(petri.CauseEnvironment, otherEnvironment(in))
	add(petri.CauseSettings, otherSettings(in))
	found := scan(in.Code)
	onlyTimes := onlyTimeStamps(in.Comparison)
	if onlyTimes {
		add(petri.CauseTime, withCode("all that differs is dates and times", found.clock))
		return causes
	}
	moments := apartAsRuns(in)
	digits := ""
	if moments == "" {
		digits = lastDigits(in)
	}
	add(petri.CauseTime, moments)
	if digits == "" {
		add(petri.CauseSeed, found.seed())
	}
	add(petri.CauseThreads, digits)
	add(petri.CauseMachine, otherMachine(in.Comparison.Facts))
	add(petri.CauseSelfChanged, changedItself(in))
	add(petri.CauseNetwork, readOutside(in, found))
	if found.clock != nil && moments == "" && someTimeStamp(in.Comparison) {
		add(petri.CauseTime, withCode("some of what differs is dates and times", found.clock))
	}
	return causes
}

// Chance is what speaks for a difference that would come without any change as well: random numbers,
// the time, the network, threads. It is "" where none of the causes is one of these.
func Chance(causes []petri.Cause) string {
	for _, c := range causes {
		switch c.Cause {
		case petri.CauseSeed, petri.CauseTime, petri.CauseNetwork, petri.CauseThreads:
			return c.Why
		}
	}
	return ""
}

func otherCode(in Input) string {
	if n := len(in.Comparison.Code); n > 0 {
		return fmt.Sprintf("%s of the code changed: %s", kind.Count(int64(n), "file"), named(n, func(i int) string { return in.Comparison.Code[i].Path }))
	}
	return ""
}

func otherEnvironment(in Input) string {
	p := in.Comparison.Packages
	loaded := 0
	for _, change := range p {
		if change.Loaded {
			loaded++
		}
	}
	name := func(i int) string { return strings.TrimSpace(p[i].Name + " " + arrow(p[i].A, p[i].B)) }
	switch {
	case loaded > 0:
		return fmt.Sprintf("%s changed: %s", kind.Count(int64(loaded), "loaded package"), named(loaded, name)) // loaded ones come first
	case len(p) > 0:
		return fmt.Sprintf("%s changed: %s", kind.Count(int64(len(p)), "package"), named(len(p), name))
	case in.A.Image != in.B.Image:
		return "another image, with the same packages"
	}
	return ""
}

func arrow(a, b string) string {
	switch {
	case a == "":
		return "added " + b
	case b == "":
		return "removed"
	}
	return a + " → " + b
}

func otherSettings(in Input) string {
	var fields []string
	for _, s := range in.Comparison.Settings {
		if s.Explains() {
			fields = append(fields, s.Field)
		}
	}
	if len(fields) == 0 {
		return ""
	}
	return "asked for otherwise: " + named(len(fields), func(i int) string { return fields[i] })
}

func otherMachine(facts []petri.FieldChange) string {
	for _, want := range []string{petri.FactCPUModel, petri.FactArchitecture, petri.FactGPU, petri.FactGPUDriver, petri.FactKernel} {
		for _, f := range facts {
			if f.Field == want && f.A != "" && f.B != "" {
				return fmt.Sprintf("another machine: %s %s → %s", f.Field, f.A, f.B)
			}
		}
	}
	return ""
}

func changedItself(in Input) string {
	for _, run := range []petri.Run{in.A, in.B} {
		if run.EnvironmentChanged() {
			return fmt.Sprintf("%s changed its own packages while it ran", run.Ref)
		}
	}
	return ""
}

func readOutside(in Input, found findings) string {
	if in.A.Spec.Network == petri.NetworkNone && in.B.Spec.Network == petri.NetworkNone || found.network == nil {
		return ""
	}
	return fmt.Sprintf("%s, and the network was open: what is outside may have changed", found.network)
}

// lastDigits: several CPUs add numbers up in another order every time, which shows in the last
// digits alone.
func lastDigits(in Input) string {
	const last = 1e-6
	most := 0.0
	for _, f := range in.Comparison.Results {
		switch {
		case f.Verdict == petri.Same:
		case f.MaxRel == nil || *f.MaxRel >= last || *f.MaxRel <= 0:
			return ""
		default:
			most = max(most, *f.MaxRel)
		}
	}
	for _, m := range in.Comparison.Metrics {
		if m.Verdict == petri.Same {
			continue
		}
		rel, ok := relative(m)
		if !ok || rel >= last {
			return ""
		}
		most = max(most, rel)
	}
	if most == 0 || max(in.A.Spec.CPUs, in.B.Spec.CPUs) <= 1 || in.A.Status != in.B.Status {
		return ""
	}
	return fmt.Sprintf("numbers differ by no more than %.2g of their size, and the run had %v CPUs: sums come out a little otherwise when threads take turns", most, in.B.Spec.CPUs)
}

// onlyTimeStamps tells whether all that differs is moments and durations, as far as it is text.
func onlyTimeStamps(c petri.Comparison) bool {
	some := false
	for _, f := range c.Results {
		if f.Verdict == petri.Same {
			continue
		}
		if !timesOnly(f.Hunks) && !cellsOnlyTimes(f) {
			return false
		}
		some = true
	}
	for _, m := range c.Metrics {
		if m.Verdict != petri.Same && !text.OnlyTimes(m.A, m.B) {
			return false
		}
	}
	if c.Stdout.Verdict == petri.Different {
		if !timesOnly(c.Stdout.Hunks) {
			return false
		}
		some = true
	}
	return some
}

// someTimeStamp tells whether anything that differs is nothing but moments.
func someTimeStamp(c petri.Comparison) bool {
	if timesOnly(c.Stdout.Hunks) {
		return true
	}
	for _, f := range c.Results {
		if f.Verdict != petri.Same && (timesOnly(f.Hunks) || cellsOnlyTimes(f)) {
			return true
		}
	}
	return false
}

func timesOnly(hunks string) bool {
	if hunks == "" {
		return false
	}
	removed, added := text.Sides(hunks)
	return text.OnlyTimes(removed, added)
}

// cellsOnlyTimes looks at the cells that are known; those of a column beyond them look alike.
func cellsOnlyTimes(f petri.FileComparison) bool {
	for _, c := range f.Cells {
		if !text.OnlyTimes(c.A, c.B) {
			return false
		}
	}
	return len(f.Cells) > 0 && f.MaxAbs == nil
}
