package trials

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/petri-dev/petri"
)

// What of a failed run's log is looked at for the reason: a larger one is not read.
const (
	maxComplaintLog = 64 << 20
	keptComplaint   = 4 << 10
)

// lastComplaint is the last thing that a run said on standard error before it failed, such as R's
// "Error in …", in one line; "" where it said nothing.
func (s *Service) lastComplaint(ctx context.Context, run petri.Run) (string, error) {
	if run.Log == "" {
		return "", nil
	}
	size, err := s.blobs.Stat(ctx, run.Log)
	if err != nil {
		return "", fmt.Errorf("find the log of %s: %w", run.Ref, err)
	}
	if size > maxComplaintLog {
		return "", nil
	}
	r, err := s.blobs.Open(ctx, run.Log)
	if err != nil {
		return "", fmt.Errorf("read the log of %s: %w", run.Ref, err)
	}
	defer r.Close()
	var said []byte
	frames := petri.NewLogReader(r)
	for {
		frame, err := frames.Next()
		if errors.Is(err, io.EOF) {
			return complaint(string(said)), nil
		}
		if err != nil {
			return "", fmt.Errorf("read the log of %s: %w", run.Ref, err)
		}
		if frame.Stream == petri.Stderr {
			said = append(said, frame.Data...)
			said = said[max(0, len(said)-keptComplaint):]
		}
	}
}

// complaint is the line that says what went wrong: R's begins with Error and goes on in the next
// line; Python's is the last one.
func complaint(said string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ToValidUTF8(said, "\uFFFD"), "\n") {
		if line = strings.TrimRight(line, "\r "); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.HasPrefix(lines[i], "Error") {
			words := lines[i]
			if i+1 < len(lines) && (strings.HasSuffix(words, ":") || strings.HasPrefix(lines[i+1], "  ")) {
				words += " " + lines[i+1]
			}
			return clipped(words)
		}
	}
	return clipped(lines[len(lines)-1])
}
