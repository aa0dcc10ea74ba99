package compare

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/petri-dev/petri"
)

// maxOutput is how much of each output is compared line by line. Where more differs, lines
// are counted from the first difference on.
const maxOutput = 8 << 20

// stdout compares what two runs printed on standard output, whenever they printed it. The
// digest "" is an empty log.
func stdout(ctx context.Context, a, b petri.Digest, open Open) (petri.OutputComparison, error) {
	if a == b {
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
	lineA, lineB, err := skipEqual(outA, outB)
	if err != nil || len(lineA) == 0 && len(lineB) == 0 {
		return petri.OutputComparison{Verdict: petri.Same}, err
	}
	return rest(lineA, outA, lineB, outB)
}

// skipEqual reads as far as both say the same and returns the first lines that differ.
func skipEqual(a, b *bufio.Reader) (lineA, lineB []byte, err error) {
	for {
		lineA, err = line(a)
		if err != nil {
			return nil, nil, err
		}
		if lineB, err = line(b); err != nil {
			return nil, nil, err
		}
		if !bytes.Equal(lineA, lineB) || len(lineA) == 0 {
			return lineA, lineB, nil
		}
	}
}

// line reads one line with its end, or a piece of a very long one; empty at the end.
func line(r *bufio.Reader) ([]byte, error) {
	got, err := r.ReadSlice('\n')
	if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	return got, err
}

// rest counts the lines that differ, from the first one that does.
func rest(lineA []byte, a io.Reader, lineB []byte, b io.Reader) (petri.OutputComparison, error) {
	restA, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(bytes.Clone(lineA)), a), maxOutput+1))
	if err != nil {
		return petri.OutputComparison{}, err
	}
	restB, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(bytes.Clone(lineB)), b), maxOutput+1))
	if err != nil {
		return petri.OutputComparison{}, err
	}
	change := petri.OutputComparison{Verdict: petri.Different}
	if len(restA) <= maxOutput && len(restB) <= maxOutput {
		change.Added, change.Removed = countLines(unified("stdout", restA, restB))
		return change, nil
	}
	if change.Removed, err = count(restA, a); err != nil {
		return petri.OutputComparison{}, err
	}
	change.Added, err = count(restB, b)
	return change, err
}

// count counts the lines of what was read and what is left.
func count(read []byte, left io.Reader) (int, error) {
	n, last := 0, byte('\n')
	r := io.MultiReader(bytes.NewReader(read), left)
	buf := make([]byte, 256<<10)
	for {
		k, err := r.Read(buf)
		n += bytes.Count(buf[:k], []byte{'\n'})
		if k > 0 {
			last = buf[k-1]
		}
		if err != nil {
			if last != '\n' {
				n++
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return n, err
		}
	}
}

// output reads a log's standard output as one stream.
func output(ctx context.Context, open Open, log petri.Digest) (*bufio.Reader, func(), error) {
	if log == "" {
		return bufio.NewReader(bytes.NewReader(nil)), func() {}, nil
	}
	blob, err := open(ctx, log)
	if err != nil {
		return nil, nil, err
	}
	r := &stdoutReader{ctx: ctx, frames: petri.NewLogReader(blob)}
	return bufio.NewReaderSize(r, 64<<10), func() { _ = blob.Close() }, nil
}

// stdoutReader yields the data of a log's stdout frames.
type stdoutReader struct {
	ctx    context.Context
	frames *petri.LogReader
	left   []byte
}

func (s *stdoutReader) Read(p []byte) (int, error) {
	for len(s.left) == 0 {
		if err := s.ctx.Err(); err != nil {
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
