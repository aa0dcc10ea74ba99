package fake

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// Build is builder.Builder's; see the package comment for what the instructions do.
func (b *Builder) Build(ctx context.Context, req builder.Request, progress builder.Progress) (builder.Image, error) {
	if progress == nil {
		progress = func(petri.BuildEvent) {}
	}
	b.mu.Lock()
	away := b.away
	_, based := b.names[req.Base.Name]
	b.builds++
	b.mu.Unlock()
	switch {
	case away:
		return builder.Image{}, errAway()
	case !based:
		return builder.Image{}, petri.Errorf(petri.NotFound, "Docker has no image %s", req.Base.Name)
	}
	p := &play{b: b, req: req, progress: progress, image: start(req), done: string(req.Base.Digest)}
	p.image.Bytes = req.Base.Bytes
	for _, i := range parse(req.Instructions) {
		if err := p.step(ctx, i); err != nil {
			return builder.Image{}, err
		}
	}
	if ctx.Err() != nil {
		return builder.Image{}, canceled(ctx)
	}
	p.image.Digest = digestOf(p.image, p.done)
	p.image.Name = req.Name
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(p.image)
	return clone(p.image), nil
}

func start(req builder.Request) builder.Image {
	image := builder.Image{User: req.Base.User, Env: slices.Clone(req.Base.Env), Labels: maps.Clone(req.Base.Labels)}
	if image.Labels == nil {
		image.Labels = map[string]string{}
	}
	maps.Copy(image.Labels, req.Labels)
	for _, name := range slices.Sorted(maps.Keys(req.Variables)) {
		image.Env = setVariable(image.Env, name, req.Variables[name])
	}
	return image
}

func digestOf(image builder.Image, done string) petri.Digest {
	content, err := json.Marshal([]any{image.User, image.Env, image.Labels, done})
	if err != nil {
		panic("fake: strings always encode: " + err.Error())
	}
	return petri.DigestBytes(content)
}

// A play is one build under way.
type play struct {
	b        *Builder
	req      builder.Request
	progress builder.Progress
	image    builder.Image
	done     string // everything that was carried out so far, for the cache
	number   int
}

func (p *play) step(ctx context.Context, i instruction) error {
	switch i.word {
	case "ENV":
		if name, value, found := strings.Cut(i.rest, "="); found {
			p.image.Env = setVariable(p.image.Env, name, strings.Trim(value, `"'`))
		}
		return nil
	case "USER":
		p.image.User = i.rest
		return nil
	}
	p.number++
	p.report(petri.BuildEvent{Name: i.text, Line: i.line, State: "started"})
	p.done += "\n" + i.text
	began := p.b.Now()
	if p.cached(i) {
		p.report(petri.BuildEvent{State: "cached"})
		return nil
	}
	err := p.carryOut(ctx, i)
	end := petri.BuildEvent{State: "done", Seconds: p.b.Now().Sub(began).Seconds()}
	switch {
	case petri.KindOf(err) == petri.Canceled:
		end.State = "canceled"
	case err != nil:
		end.State, end.Message = "failed", petri.MessageOf(err)
		if failure, ok := err.(*builder.StepError); ok {
			end.Message = failure.Message
		}
	}
	p.report(end)
	if err == nil {
		p.remember()
	}
	return err
}

func (p *play) cached(i instruction) bool {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	return !p.req.NoCache && i.word == "RUN" && p.b.done[p.done]
}

func (p *play) remember() {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	p.b.done[p.done] = true
}

func (p *play) carryOut(ctx context.Context, i instruction) error {
	if i.word == "COPY" || i.word == "ADD" {
		return p.copy(i)
	}
	verb, argument, _ := strings.Cut(i.rest, " ")
	switch verb {
	case "echo":
		p.report(petri.BuildEvent{Output: argument + "\n"})
	case "fail", "exit":
		code, _ := strconv.Atoi(argument)
		output := fmt.Sprintf("failing with %d\n", code)
		p.report(petri.BuildEvent{Output: output})
		return &builder.StepError{Instruction: i.text, Line: i.line, ExitCode: code, Message: fmt.Sprintf("it ended with exit code %d", code), Output: output}
	case "sleep":
		if length, err := time.ParseDuration(withUnit(argument)); err == nil {
			return pause(ctx, length)
		}
	case "away":
		p.b.SetAway(true)
		return errAway()
	}
	return nil
}

func (p *play) copy(i instruction) error {
	source, _, _ := strings.Cut(i.rest, " ")
	if names := []string{}; strings.HasPrefix(i.rest, "[") && json.Unmarshal([]byte(i.rest), &names) == nil && len(names) > 0 {
		source = names[0]
	}
	if p.req.Context != "" {
		if content, err := os.ReadFile(filepath.Join(p.req.Context, source)); err == nil {
			p.done += string(petri.DigestBytes(content))
			return nil
		} else if _, err := os.Stat(filepath.Join(p.req.Context, source)); err == nil {
			return nil // a folder
		}
	}
	return &builder.StepError{Instruction: i.text, Line: i.line, Message: "there is no " + source + " among the attached files"}
}

func (p *play) report(event petri.BuildEvent) {
	event.Time, event.Step = p.b.Now().UTC(), p.number
	p.progress(event)
}

func pause(ctx context.Context, length time.Duration) error {
	select {
	case <-time.After(length):
		return nil
	case <-ctx.Done():
		return canceled(ctx)
	}
}

func canceled(ctx context.Context) error {
	return petri.Wrap(petri.Canceled, context.Cause(ctx), "the build was cancelled")
}

func withUnit(length string) string {
	if _, err := strconv.Atoi(length); err == nil {
		return length + "s"
	}
	return length
}

func setVariable(env []string, name, value string) []string {
	env = slices.DeleteFunc(env, func(set string) bool { return strings.HasPrefix(set, name+"=") })
	return append(env, name+"="+value)
}
