package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) envBuildCommand() *cobra.Command {
	var in api.BuildRequest
	var detach bool
	cmd := a.envCommandFor("build REF", "Build a failed or cancelled revision again",
		"  petri env build science/r@4\n  petri env build science/r --no-cache", parseEnvironment,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			ref, err := a.latest(ctx, client, ref)
			if err != nil {
				return err
			}
			r, err := client.Build(ctx, ref, in)
			if err != nil {
				return err
			}
			made, err := petri.ParseEnvironmentRef(r.Ref, "")
			if err != nil {
				return err
			}
			return a.built(ctx, client, made, detach)
		})
	cmd.Flags().BoolVar(&in.NoCache, "no-cache", false, "build every step anew")
	cmd.Flags().BoolVar(&in.Promote, "promote", false, "make it the active revision as soon as it is ready")
	cmd.Flags().BoolVar(&detach, "detach", false, "return at once and print the revision's reference")
	return cmd
}

func (a *app) envCancelCommand() *cobra.Command {
	return a.envCommandFor("cancel REF", "Cancel a revision's build", "  petri env cancel science/r@4", parseEnvironment,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			ref, err := a.latest(ctx, client, ref)
			if err != nil {
				return err
			}
			r, err := client.CancelBuild(ctx, ref)
			if err != nil {
				return err
			}
			return a.print(r, func() { a.out("Asked to cancel the build of %s", r.Ref) })
		})
}

func (a *app) envLogCommand() *cobra.Command {
	return a.envCommandFor("log REF", "Show the log of a revision's build, following it to its end", "  petri env log science/r@4", parseEnvironment,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			ref, err := a.latest(ctx, client, ref)
			if err != nil {
				return err
			}
			list := []petri.BuildEvent{}
			shower := buildShower{app: a, print: a.out, style: a.style(a.stdout)}
			err = client.BuildLog(ctx, ref, func(e petri.BuildEvent) error {
				if a.json {
					list = append(list, e)
				} else {
					shower.show(e)
				}
				return nil
			})
			if err != nil || !a.json {
				return err
			}
			return a.printJSON(list)
		})
}

// built follows a build to its end and tells its outcome: exit code 1 unless it is ready.
func (a *app) built(ctx context.Context, client *api.Client, ref petri.EnvironmentRef, detach bool) error {
	if detach {
		if a.json {
			r, err := client.Revision(ctx, ref)
			if err != nil {
				return err
			}
			return a.printJSON(r)
		}
		a.out("%s", ref)
		return nil
	}
	shower := buildShower{app: a, print: a.say, style: a.style(a.stderr), told: true}
	silence := time.AfterFunc(buildPatience, func() { a.sayWhyNothingIsBuilt(ctx, client, ref) })
	defer silence.Stop()
	err := client.BuildLog(ctx, ref, func(e petri.BuildEvent) error {
		silence.Stop()
		if !a.json {
			shower.show(e)
		}
		return nil
	})
	if errors.Is(ctx.Err(), context.Canceled) {
		a.say("\nThe build of %s goes on; come back to it with: petri env log %s, or end it with: petri env cancel %s", ref, ref, ref)
		return exits(exitAway)
	}
	if err != nil {
		return err
	}
	r, err := client.Revision(ctx, ref)
	if err != nil {
		return err
	}
	if err := a.buildOutcome(r); err != nil {
		return err
	}
	a.sayUntried(ctx, client, ref, r)
	return nil
}

// buildPatience is how long a build may show nothing before one asks what keeps it.
const buildPatience = 3 * time.Second

func (a *app) sayWhyNothingIsBuilt(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) {
	if a.json {
		return
	}
	why := "other builds are before it"
	checks, _ := client.Doctor(ctx)
	for _, c := range checks {
		if c.Name == "engine" && c.Status == "failed" {
			why = c.Detail
		}
	}
	a.say("%s", a.style(a.stderr).faint(ref.String()+" waits: "+why))
}

func (a *app) buildOutcome(r api.Revision) error {
	if a.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		// The lines of the log that the error quotes were shown just before.
		line, _, _ := strings.Cut(a.outcomeLine(r), "\n")
		a.say("%s", line)
	}
	if r.Status != string(petri.BuildReady) {
		return exits(exitNo)
	}
	return nil
}

func (a *app) outcomeLine(r api.Revision) string {
	s := a.style(a.stderr)
	line := s.bold(r.Ref) + " " + s.status(r.Status)
	switch {
	case r.Status != string(petri.BuildReady):
		if r.Error != "" {
			line += ": " + r.Error
		}
		return line
	case r.ReusedFrom != "":
		line += ", the same as " + r.ReusedFrom + ", whose image it uses"
	default:
		line += " in " + seconds(r.BuildSeconds)
	}
	line += ": " + count(r.PackageCount, "package") + ", " + size(r.ImageBytes)
	if r.Active {
		return line + ", active"
	}
	return line + fmt.Sprintf("; make it active with: petri env promote %s", r.Ref)
}

// buildShower shows a build's events, a line each.
type buildShower struct {
	app   *app
	print func(string, ...any)
	style style
	open  map[int]string // what steps printed and did not end with a line end
	names map[int]string
	told  bool // how the build ended is told otherwise
}

func (b *buildShower) show(e petri.BuildEvent) {
	if _, known := b.names[e.Step]; known && e.State == "started" {
		b.print("%s", b.style.yellow("The build was cut, and begins anew"))
		b.open = nil
	}
	if b.open == nil {
		b.open, b.names = map[int]string{}, map[int]string{}
	}
	if e.Name != "" {
		b.names[e.Step] = oneLine(e.Name)
	}
	step := b.style.faint(fmt.Sprintf("#%d ", e.Step))
	if e.Step == 0 {
		step = ""
	}
	if e.Output != "" {
		b.output(e, step)
	}
	if e.State == "" && e.Message == "" {
		return
	}
	b.flush(e.Step, step)
	name := b.names[e.Step]
	if e.Line > 0 {
		name += b.style.faint(fmt.Sprintf(" (line %d)", e.Line))
	}
	switch e.State {
	case "started":
		b.print("%s%s", step, name)
	case "cached":
		b.print("%s%s %s", step, name, b.style.faint("cached"))
	case "done":
		b.print("%s%s", step, b.style.faint("done in "+seconds(e.Seconds)))
	case "failed", "canceled":
		if e.Step == 0 && b.told {
			return
		}
		line := step + b.style.red(e.State)
		if e.Message != "" {
			line += ": " + e.Message
		}
		b.print("%s", line)
		return
	}
	if e.Message != "" {
		b.print("%s%s", step, e.Message)
	}
}

func (b *buildShower) output(e petri.BuildEvent, step string) {
	text := b.open[e.Step] + e.Output
	for {
		line, rest, found := strings.Cut(text, "\n")
		if !found {
			break
		}
		b.print("%s  %s", step, lastOverwrite(line))
		text = rest
	}
	b.open[e.Step] = text
}

func (b *buildShower) flush(number int, step string) {
	if rest := b.open[number]; rest != "" {
		b.print("%s  %s", step, lastOverwrite(rest))
		b.open[number] = ""
	}
}

// lastOverwrite is what a terminal would show of a line that was overwritten by carriage returns.
func lastOverwrite(line string) string {
	line = strings.TrimRight(line, "\r")
	return line[strings.LastIndexByte(line, '\r')+1:]
}
