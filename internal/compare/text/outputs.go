package text

import (
	"context"
	"io"

	"github.com/petri-dev/petri"
)

// Outputs compares what two programs printed on standard output, as rules.Stdout says: every
// byte, nothing, or all but what varies by nature. Lines that differ only in that are counted
// as ignored; numbers may differ within the rules' tolerance. rules have been checked.
func Outputs(ctx context.Context, a, b io.Reader, rules petri.Rules) (petri.OutputComparison, error) {
	var d *differ
	switch rules.Stdout {
	case petri.StdoutIgnore:
		return petri.OutputComparison{Verdict: petri.Same}, nil
	case petri.StdoutExact:
		d = exactDiffer(a, b)
	default:
		d = outputDiffer(ctx, a, b, rules)
	}
	if err := d.run(ctx); err != nil {
		return petri.OutputComparison{}, err
	}
	o := petri.OutputComparison{Verdict: petri.Same, Added: int(d.added), Removed: int(d.removed), Ignored: int(d.ignored + d.ends)}
	switch {
	case d.added+d.removed > 0:
		o.Verdict, o.Hunks = petri.Different, d.hunks.text("stdout")
	case d.within > 0:
		o.Verdict = petri.WithinTolerance
	}
	return o, nil
}

func outputDiffer(ctx context.Context, a, b io.Reader, rules petri.Rules) *differ {
	m := maskOf(rules.Logs)
	m.ctx = ctx
	normal := func(l line) []byte {
		text, left := noted(l.text())
		if len(left) > 0 && left[0] == noteTimes {
			return []byte("<duration>")
		}
		return m.normal(text)
	}
	var buf []byte
	d := newDiffer(newScreen(ctx, a), newScreen(ctx, b),
		level{key: line.text, is: equal},
		level{key: normal, exact: true, is: onlyNatural},
		level{key: func(l line) []byte {
			buf = skeleton(normal(l), buf)
			return buf
		}, exact: true, is: onlyNumbers})
	d.tolerance, d.normal, d.hunks.strip = rules.Tolerance, normal, plain
	return d
}
