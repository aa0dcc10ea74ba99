package buildkit

import (
	"strings"
	"sync"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// A tracker turns what BuildKit says of its vertices into the steps that people see: one
// for each of their instructions, and a few of Petri's own in plain words.
type tracker struct {
	file     *dockerfile
	progress builder.Progress
	now      func() time.Time

	mu       sync.Mutex
	closed   bool
	lines    map[digest.Digest]int // of the whole Dockerfile, where the definition tells
	steps    map[string]*step      // by key
	vertices map[digest.Digest]*step
	count    int
	failed   *step // the first of the user's steps to fail
}

// newTracker follows a build of file. A nil progress is allowed.
func newTracker(file *dockerfile, progress builder.Progress, now func() time.Time) *tracker {
	if progress == nil {
		progress = func(petri.BuildEvent) {}
	}
	return &tracker{file: file, progress: progress, now: now,
		lines: map[digest.Digest]int{}, steps: map[string]*step{}, vertices: map[digest.Digest]*step{}}
}

// learn notes which line each operation of a definition comes from.
func (t *tracker) learn(d *pb.Definition) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, places := range d.GetSource().GetLocations() {
		for _, place := range places.Locations {
			if len(place.Ranges) > 0 {
				t.lines[digest.Digest(name)] = int(place.Ranges[0].Start.Line)
				break
			}
		}
	}
}

// update takes one report. Within it, what began comes first, then what was printed, then
// what ended.
func (t *tracker) update(status *client.SolveStatus) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	for _, v := range status.Vertexes {
		if s := t.stepOf(v); v.Started != nil || v.Cached {
			t.begin(s, v)
		}
	}
	for _, l := range status.Logs {
		if s := t.vertices[l.Vertex]; s != nil && s.number > 0 {
			t.print(s, l.Stream, l.Data)
		}
	}
	for _, v := range status.Vertexes {
		if v.Completed != nil {
			t.complete(t.vertices[v.Digest], v)
		}
	}
}

// end closes every step that is still open; nothing is reported after it.
func (t *tracker) end(canceled bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for number := 1; number <= t.count; number++ {
		for _, s := range t.steps {
			if s.number != number || s.state != "" {
				continue
			}
			switch {
			case canceled, err != nil:
				t.finish(s, "canceled", "")
			default:
				t.finish(s, "done", "")
			}
		}
	}
	t.closed = true
}

// failure is the user's step that failed, nil where none did.
func (t *tracker) failure() *step {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// stepOf finds the step that a vertex is part of.
func (t *tracker) stepOf(v *client.Vertex) *step {
	if s, ok := t.vertices[v.Digest]; ok {
		return s
	}
	key, name, line := t.classify(v)
	s, ok := t.steps[key]
	if !ok {
		s = &step{name: name, line: line, open: map[digest.Digest]bool{}}
		t.steps[key] = s
	}
	t.vertices[v.Digest] = s
	s.open[v.Digest] = true
	return s
}

func (t *tracker) classify(v *client.Vertex) (key, name string, line int) {
	switch own := strings.ToLower(v.Name); {
	case strings.HasPrefix(own, "[internal] load build context"):
		return "context", "read the attached files", 0
	case strings.HasPrefix(own, "[internal]"), strings.HasPrefix(own, "[auth]"):
		return "prepare", "prepare the build", 0
	case strings.HasPrefix(own, "exporting"), strings.HasPrefix(own, "importing"):
		return "save", "save the image", 0
	}
	if at, ok := t.lines[v.Digest]; ok {
		if line, instruction, ok := t.file.at(at); ok {
			return "line " + instruction + string(rune(line)), instruction, line
		}
		return "prepare", "prepare the build", 0
	}
	return t.classifyByName(v)
}

// classifyByName is for daemons that name vertices otherwise than the definition did:
// "[2/5] RUN make" still repeats the instruction.
func (t *tracker) classifyByName(v *client.Vertex) (key, name string, line int) {
	_, text, found := strings.Cut(v.Name, "] ")
	if !found {
		text = v.Name
	}
	if strings.HasPrefix(text, "FROM ") {
		return "prepare", "prepare the build", 0
	}
	for _, start := range t.file.starts {
		if strings.Join(strings.Fields(t.file.steps[start]), " ") == strings.Join(strings.Fields(text), " ") {
			return "line " + t.file.steps[start] + string(rune(start)), t.file.steps[start], start
		}
	}
	return "other " + v.Name, text, 0
}
