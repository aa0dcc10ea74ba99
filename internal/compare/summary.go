package compare

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// summary is what a verdict rests on, in a sentence, and in a second one what may explain it: ""
// where nothing that counts differs.
func summary(a, b petri.Run, c petri.Comparison) string {
	if c.Verdict == petri.Same {
		return ""
	}
	var reasons []string
	if endedOtherwise(a, b) {
		reasons = append(reasons, ended(a, b))
	}
	reasons = append(reasons, ofMetrics(c.Metrics)...)
	reasons = append(reasons, ofResults(c.Results)...)
	if c.Stdout.Verdict == petri.Different {
		reasons = append(reasons, ofOutput(c.Stdout))
	}
	text := strings.Join(reasons, "; ")
	if c.Verdict == petri.WithinTolerance && !strings.Contains(text, "within tolerance") {
		text += ", all within tolerance"
	}
	return text + ". " + explanation(c)
}

// ended says how the second run ended otherwise than the first.
func ended(a, b petri.Run) string {
	switch {
	case a.Status == petri.RunSucceeded && b.Status == petri.RunFailed:
		return "the run now fails " + how(b)
	case a.Status == petri.RunFailed && b.Status == petri.RunSucceeded:
		return "the run now succeeds; it failed " + how(a)
	case b.Status == petri.RunStopped && a.Status != petri.RunStopped:
		return "the run was stopped"
	case a.Status == petri.RunStopped && b.Status != petri.RunStopped:
		return "the first run was stopped"
	case a.Status == b.Status && how(a) != how(b):
		return "the run fails " + how(b) + ", not " + how(a)
	}
	return fmt.Sprintf("the run's exit code is %d, not %d", b.Outcome.ExitCode, a.Outcome.ExitCode)
}

// how says how a run failed.
func how(r petri.Run) string {
	o := r.Outcome
	switch {
	case o.TimedOut:
		return "by its time limit"
	case o.OOMKilled:
		return "for want of memory"
	case o.DiskFull:
		return "for want of disk"
	case o.StartError != "":
		return "to start its command"
	case o.Signal != "":
		return "by " + o.Signal
	}
	return "with exit code " + strconv.Itoa(o.ExitCode)
}

func ofMetrics(list []petri.MetricComparison) []string {
	list = worstFirst(list, func(m petri.MetricComparison) petri.Verdict { return m.Verdict })
	if len(list) == 0 {
		return nil
	}
	m := list[0]
	text := "metric " + clip(m.Name) + ": " + change(m.A, m.B)
	if m.Verdict == petri.WithinTolerance {
		text += " (within tolerance)"
	}
	return []string{text + more(len(list)-1, "metric")}
}

func ofResults(list []petri.FileComparison) []string {
	list = worstFirst(list, func(f petri.FileComparison) petri.Verdict { return f.Verdict })
	if len(list) == 0 {
		return nil
	}
	return []string{clip(list[0].Path) + ": " + list[0].Summary + more(len(list)-1, "file")}
}

// worstFirst are those that are not the same, the different ones before those within tolerance.
func worstFirst[T any](list []T, verdict func(T) petri.Verdict) []T {
	var worst []T
	for _, v := range []petri.Verdict{petri.Different, petri.WithinTolerance} {
		for _, one := range list {
			if verdict(one) == v {
				worst = append(worst, one)
			}
		}
	}
	return worst
}

func ofOutput(o petri.OutputComparison) string {
	if o.Added == 0 && o.Removed == 0 {
		return "standard output differs"
	}
	return fmt.Sprintf("standard output differs (%s added, %s removed)", kind.Count(int64(o.Added), "line"), kind.Grouped(int64(o.Removed)))
}

// explanation says what else differs, which may be why the results do.
func explanation(c petri.Comparison) string {
	var parts []string
	if n := len(c.Packages); n > 0 {
		p := c.Packages[0]
		text := "packages differ: " + clip(p.Name) + " " + change(p.A, p.B)
		if p.Loaded {
			text += " (loaded)"
		}
		parts = append(parts, text+more(n-1, ""))
	}
	if n := len(c.Code); n > 0 {
		parts = append(parts, "code differs: "+clip(c.Code[0].Path)+more(n-1, "file"))
	}
	if asked := explaining(c.Settings); len(asked) > 0 {
		parts = append(parts, "settings differ: "+asked[0].Field+" "+change(clip(asked[0].A), clip(asked[0].B))+more(len(asked)-1, ""))
	}
	if n := len(c.Facts); n > 0 {
		parts = append(parts, "machine or system differs: "+fact(c.Facts[0])+more(n-1, ""))
	}
	if len(parts) == 0 {
		return "Code, packages and settings are the same"
	}
	text := strings.Join(parts, "; ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// explaining are the settings that may explain a difference: not how the runs ended, and not
// the environment's name, for which its packages speak.
func explaining(list []petri.FieldChange) []petri.FieldChange {
	var asked []petri.FieldChange
	for _, f := range list {
		switch f.Field {
		case "environment", "image_digest", "status", "exit_code", "signal", "oom_killed", "timed_out":
		default:
			asked = append(asked, f)
		}
	}
	return asked
}

// fact is one fact that differs; long ones are only named.
func fact(f petri.FieldChange) string {
	if len(f.A)+len(f.B) > 80 {
		return f.Field
	}
	return f.Field + " " + change(f.A, f.B)
}

func change(a, b string) string {
	switch {
	case a == "":
		return clip(b) + " is new"
	case b == "":
		return clip(a) + " is gone"
	}
	return clip(a) + " → " + clip(b)
}

func more(n int, what string) string {
	switch {
	case n <= 0:
		return ""
	case what == "":
		return fmt.Sprintf(" and %s more", kind.Grouped(int64(n)))
	case n == 1:
		return " and 1 more " + what
	}
	return fmt.Sprintf(" and %s more %ss", kind.Grouped(int64(n)), what)
}

// clip makes text fit into a sentence.
func clip(text string) string {
	const most = 60
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most/2]) + "…" + string(runes[len(runes)-most/2:])
	}
	return text
}
