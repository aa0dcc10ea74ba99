package compare

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
)

// fields collects what differs, in the order it is asked about.
type fields []petri.FieldChange

func (f *fields) text(field, a, b string) {
	if a != b {
		*f = append(*f, petri.FieldChange{Field: field, A: a, B: b})
	}
}

func (f *fields) number(field string, a, b float64) {
	f.text(field, strconv.FormatFloat(a, 'f', -1, 64), strconv.FormatFloat(b, 'f', -1, 64))
}

func (f *fields) flag(field string, a, b bool) {
	f.text(field, strconv.FormatBool(a), strconv.FormatBool(b))
}

func (f *fields) variables(a, b map[string]string) {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		f.text("variables."+name, a[name], b[name])
	}
}

// settings compares what two runs were asked to be, and how they ended.
func settings(a, b petri.Run) []petri.FieldChange {
	f := fields{}
	f.text("command", command(a.Spec.Command), command(b.Spec.Command))
	f.text("environment", a.Environment.String(), b.Environment.String())
	f.text("image_digest", string(a.Image), string(b.Image))
	f.number("cpus", a.Spec.CPUs, b.Spec.CPUs)
	f.number("memory_bytes", float64(a.Spec.MemoryBytes), float64(b.Spec.MemoryBytes))
	f.number("gpus", float64(a.Spec.GPUs), float64(b.Spec.GPUs))
	f.number("timeout_seconds", a.Spec.Timeout.Seconds(), b.Spec.Timeout.Seconds())
	f.text("network", string(a.Spec.Network), string(b.Spec.Network))
	f.variables(a.Spec.Variables, b.Spec.Variables)
	f.text("status", string(a.Status), string(b.Status))
	f.number("exit_code", float64(a.Outcome.ExitCode), float64(b.Outcome.ExitCode))
	f.text("signal", a.Outcome.Signal, b.Outcome.Signal)
	f.flag("oom_killed", a.Outcome.OOMKilled, b.Outcome.OOMKilled)
	f.flag("timed_out", a.Outcome.TimedOut, b.Outcome.TimedOut)
	return f
}

// command writes a command so that two different ones never look alike.
func command(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if arg == "" || strings.ContainsAny(arg, " \t\n\"'\\") {
			words[i] = strconv.Quote(arg)
		}
	}
	return strings.Join(words, " ")
}
