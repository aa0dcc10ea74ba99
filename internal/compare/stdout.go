package compare

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/text"
)

// stdout compares what two runs printed on standard output, whenever they printed it. The
// digest "" is an empty log.
func stdout(ctx context.Context, a, b petri.Digest, rules petri.Rules, open Open) (petri.OutputComparison, error) {
	if a == b || rules.Stdout == petri.StdoutIgnore {
		return petri.OutputComparison{Verdict: petri.Same}, nil
	}
	outA, closeA, err := output(ctx, open, a)
	if err != nil {
		return petri.OutputComparison{}, err
	}
	defer closeA()
	outB, closeB, err := output(ctx, open, b)
	if err != nil {
		return petri.OutputComparison{}, err
	}
	defer closeB()
	c, err := text.Outputs(ctx, outA, outB, rules)
	if err != nil {
		return petri.OutputComparison{}, fmt.Errorf("read it: %w", err)
	}
	return c, nil
}

// output reads a log's standard output as one stream.
func output(ctx context.Context, open Open, log petri.Digest) (io.Reader, func(), error) {
	if log == "" {
		return strings.NewReader(""), func() {}, nil
	}
	blob, err := open(ctx, log)
	if err != nil {
		return nil, nil, err
	}
	return &stdoutReader{ctx: ctx, frames: petri.NewLogReader(blob)}, func() { _ = blob.Close() }, nil
}

// stdoutReader yields the data of a log's stdout frames.
type stdoutReader struct {
	ctx    context.Context
	frames *petri.LogReader
	left   []byte
}

func (s *stdoutReader) Read(p []byte) (int, error) {
	for len(s.left) == 0 {
		if err := context.Cause(s.ctx); err != nil {
			return 0, err
		}
		frame, err := s.frames.Next()
		if err != nil {
			return 0, err
		}
		if frame.Stream == petri.Stdout {
			s.left = frame.Data
		}
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}
