package buildkit

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"github.com/petri-dev/petri"
)

// A step is what people see as one; BuildKit may need several vertices for it.
type step struct {
	number  int // 0 until it begins
	name    string
	line    int
	state   string                 // "" while it goes on
	open    map[digest.Digest]bool // its vertices that are yet to end
	ran     bool                   // some part of it was not in the cache
	began   time.Time
	ended   time.Time
	tail    []byte // the end of its output
	errTail []byte // the end of what it printed on stderr
	partial []byte // the beginning of a character whose rest is still to come
	clipped bool
	err     string
}

// How much of a failing step's output goes into its error.
const (
	tailBytes    = 32 << 10
	tailLines    = 60
	errTailBytes = 8 << 10
	errTailLines = 20
)

// stderrStream is BuildKit's number for it.
const stderrStream = 2

var clipNotice = regexp.MustCompile(`\[output clipped, log limit [^\]]* reached\]`)

const clipMessage = "BuildKit has left out output of this step, which printed more than it keeps; let the command write to a file to see all of it"

func (t *tracker) begin(s *step, v *client.Vertex) {
	if v.Started != nil && (s.began.IsZero() || v.Started.Before(s.began)) {
		s.began = *v.Started
	}
	if s.number > 0 {
		return
	}
	// Petri's first step is over once something of the user's, or the saving, begins.
	if prepare := t.steps["prepare"]; prepare != nil && prepare != s && prepare.number > 0 {
		t.finish(prepare, "done", "")
	}
	t.count++
	s.number = t.count
	t.report(s, petri.BuildEvent{Name: s.name, Line: s.line, State: "started"})
}

func (t *tracker) print(s *step, stream int, data []byte) {
	data = append(s.partial, data...)
	whole := len(data) - incomplete(data)
	s.partial = append([]byte(nil), data[whole:]...)
	data = data[:whole]
	if len(data) == 0 {
		return
	}
	s.tail = keepEnd(s.tail, data, tailBytes)
	if stream == stderrStream {
		s.errTail = keepEnd(s.errTail, data, errTailBytes)
	}
	t.report(s, petri.BuildEvent{Output: strings.ToValidUTF8(string(data), "\uFFFD")})
	if !s.clipped && clipNotice.Match(s.tail) {
		s.clipped = true
		t.report(s, petri.BuildEvent{Message: clipMessage})
	}
}

// keepEnd appends more to tail, of which it drops the beginning once there are limit bytes
// too many.
func keepEnd(tail, more []byte, limit int) []byte {
	if tail = append(tail, more...); len(tail) > 2*limit {
		tail = append([]byte(nil), tail[len(tail)-limit:]...)
	}
	return tail
}

// incomplete counts the bytes at the end of data that begin a character without ending it.
func incomplete(data []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		if c := data[len(data)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(data[len(data)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// complete notes the end of a vertex, and of its step when no other part is going on.
func (t *tracker) complete(s *step, v *client.Vertex) {
	if s == nil || s.number == 0 || s.state != "" {
		return
	}
	delete(s.open, v.Digest)
	s.ran = s.ran || !v.Cached
	if v.Completed.After(s.ended) {
		s.ended = *v.Completed
	}
	switch {
	case v.Error != "" && isInterruption(v.Error):
		t.finish(s, "canceled", "")
	case v.Error != "":
		s.err = v.Error
		if t.failed == nil && s.line > 0 {
			t.failed = s
		}
		t.finish(s, "failed", reason(v.Error))
	case len(s.open) > 0 || s == t.steps["prepare"]:
		// Preparing has parts that are announced late; it ends when something else begins.
	case s.ran:
		t.finish(s, "done", "")
	default:
		t.finish(s, "cached", "")
	}
}

func (t *tracker) finish(s *step, state, message string) {
	if s.state != "" {
		return
	}
	s.state = state
	event := petri.BuildEvent{State: state, Message: message}
	if !s.began.IsZero() && s.ended.After(s.began) && state != "cached" {
		event.Seconds = s.ended.Sub(s.began).Seconds()
	}
	t.report(s, event)
}

func (t *tracker) report(s *step, event petri.BuildEvent) {
	event.Time, event.Step = t.now(), s.number
	t.progress(event)
}

func isInterruption(text string) bool {
	return strings.Contains(text, "context canceled") || strings.Contains(text, "code = Canceled")
}
