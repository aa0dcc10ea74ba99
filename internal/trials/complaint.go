package trials

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/petri-dev/petri"
)

// What of a failed run's log is looked at for the reason: a larger one is not read.
const (
	maxComplaintLog = 64 << 20
	keptComplaint   = 16 << 10
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

// complaint is the line that says what went wrong, with the next one where it only begins there; the
// last one said, where none looks like it.
func complaint(said string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ToValidUTF8(said, "\uFFFD"), "\n") {
		line = strings.TrimRight(line, "\r ")
		if line != "" && line != "Execution halted" { // which is all that Rscript ever says
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	at, raised := len(lines)-1, raisedAt(lines)
	for i := at; i >= 0; i-- {
		if i == raised || complains.MatchString(lines[i]) {
			at = i
			break
		}
	}
	words := lines[at]
	if strings.HasSuffix(words, ":") && at+1 < len(lines) {
		words += " " + lines[at+1]
	}
	return clipped(words)
}

// complains are lines that say what went wrong: R's and JavaScript's Error, Julia's ERROR, the name of
// an exception, as in ValueError: or numpy.linalg.LinAlgError:, and a shell's that finds no program.
var complains = regexp.MustCompile(`^(Error( in .*|:.*| :.*)?|Caused by error.*|ERROR: .*|` +
	`([A-Za-z_]\w*\.)*[A-Za-z_]\w*(Error|Exception|Interrupt|Exit|Group)(: .*|:)?|` +
	`[^\s:]+: (line )?\d+: .*(not found|No such file or directory|Permission denied|[Ss]yntax error.*|unbound variable|parameter not set))$`)

// raisedAt is the line that follows the last traceback of Python's: an exception may have any name,
// and a message of several lines. It is -1 where there is none.
func raisedAt(lines []string) int {
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i] != "Traceback (most recent call last):" {
			continue
		}
		for at := i + 1; at < len(lines); at++ {
			if !strings.HasPrefix(lines[at], " ") {
				return at
			}
		}
		return -1
	}
	return -1
}
