package buildkit

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

var (
	exitCode     = regexp.MustCompile(`exit code: (\d+)`)
	missingFile  = regexp.MustCompile(`"([^"]+)":? not found`)
	noSuchFile   = regexp.MustCompile(`(?:lstat|stat|open) (\S+): no such file or directory`)
	buildFolders = regexp.MustCompile(`/\S*/buildkit-mount\d+`)
	wrappings    = regexp.MustCompile(`^(failed to solve( with frontend \S+)?|failed to compute cache key|failed to calculate checksum of ref \S+|failed to (build|load) LLB|rpc error: code = \w+ desc =|dockerfile parse error on line \d+|dockerfile line \d+):? `)
)

// buildError turns what ended a build into what its owner is told.
func (b *Builder) buildError(ctx context.Context, base string, steps *tracker, err error) error {
	if ctx.Err() != nil {
		return b.explain(ctx, "the build", err)
	}
	var place *parser.LocationError
	if s := steps.failure(); s != nil {
		return s.failure()
	} else if errors.As(err, &place) && !b.isAway(ctx, err) {
		if failure := steps.file.failureAt(place); failure != nil {
			return failure
		}
	}
	if explained := b.explain(ctx, "build the image", err); petri.KindOf(explained) != petri.Internal {
		return explained
	}
	if _, found, inspectErr := b.inspect(ctx, base); inspectErr == nil && !found {
		return petri.Wrap(petri.NotFound, err, "the base image (%s) has gone from Docker since the build began; build again", base)
	}
	if text := err.Error(); strings.Contains(text, "security.insecure is not allowed") || strings.Contains(text, "network.host is not allowed") {
		return petri.Wrap(petri.Invalid, err, "an instruction asks for privileges (--security=insecure or --network=host) that builds do not get")
	}
	if isInterruption(err.Error()) {
		return petri.Wrap(petri.Unavailable, err, "Docker broke the build off, as it does when it is stopped; build again once it runs")
	}
	return petri.Wrap(petri.Internal, err, "Docker could not build the image: %s", reason(err.Error()))
}

func (s *step) failure() *builder.StepError {
	failure := &builder.StepError{Instruction: s.name, Line: s.line, Output: s.lastOutput()}
	if code := exitCode.FindStringSubmatch(s.err); code != nil {
		failure.ExitCode, _ = strconv.Atoi(code[1])
	}
	failure.Message = reason(s.err)
	return failure
}

// failureAt is for what the frontend refuses before anything runs; nil where the place is
// none of the user's.
func (f *dockerfile) failureAt(place *parser.LocationError) *builder.StepError {
	for _, ranges := range place.Locations {
		for _, r := range ranges {
			if line, instruction, ok := f.at(r.Start.Line); ok {
				return &builder.StepError{Instruction: instruction, Line: line, Message: reason(place.Error())}
			}
		}
	}
	return nil
}

// reason is BuildKit's text for a failure without the layers it is wrapped in.
func reason(text string) string {
	if code := exitCode.FindStringSubmatch(text); code != nil {
		return "it ended with exit code " + code[1] + exitHint(code[1])
	}
	text = firstLine(text)
	for {
		bare := wrappings.ReplaceAllString(text, "")
		if bare == text {
			break
		}
		text = bare
	}
	if file := missingFile.FindStringSubmatch(text); file != nil {
		return "there is no " + strings.TrimPrefix(file[1], "/") + " among the attached files"
	}
	text = buildFolders.ReplaceAllString(text, "")
	if file := noSuchFile.FindStringSubmatch(text); file != nil {
		return "there is no " + file[1]
	}
	return text
}

func exitHint(code string) string {
	switch code {
	case "126":
		return ", which means that the command could not be executed"
	case "127":
		return ", which means that a command was not found"
	case "137":
		return ", which means that it was killed, most often for want of memory"
	default:
		return ""
	}
}

// lastOutput is the end of what a step printed. The daemon passes on stdout and stderr in no
// fixed order, so the complaint may stand far before the end: then it is added.
func (s *step) lastOutput() string {
	output := lastLines(s.tail, tailBytes, tailLines)
	if strings.Contains(output, lastLines(s.errTail, errTailBytes, 1)) {
		return output
	}
	complaint := lastLines(s.errTail, errTailBytes, errTailLines)
	if !strings.HasSuffix(output, "\n") {
		output += "\n"
	}
	return output + complaint
}

func lastLines(output []byte, maxBytes, maxLines int) string {
	if len(output) > maxBytes {
		output = output[len(output)-maxBytes:]
	}
	lines := strings.SplitAfter(strings.ToValidUTF8(string(output), "\uFFFD"), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	if len(lines) > maxLines {
		lines = lines[len(lines)-maxLines:]
	}
	return strings.Join(lines, "")
}
