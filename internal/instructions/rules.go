package instructions

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
)

// rules looks at one instruction that parsed: what could not be built here, and what would
// surprise its author.
func (c *checker) rules(s step, lint *linter.Linter) {
	col := column(c.line(s.line))
	name := strings.ToUpper(s.node.Value)
	switch command := s.command.(type) {
	case *instructions.RunCommand:
		c.runRules(s, command)
	case *instructions.CopyCommand:
		if strings.Trim(command.From, "0123456789") == "" && command.From != "" {
			c.add(s.line, c.columnOf(s, "--from"), Error, fmt.Sprintf("COPY --from=%s names a build stage, and a revision has only one: name an image", command.From))
		}
		c.refuseOwn(s, command.From)
	case *instructions.EnvCommand:
		c.envRules(s, command, lint)
	case *instructions.LabelCommand:
		if anyLegacy(command.Labels) {
			lint.Run(&linter.RuleLegacyKeyValueFormat, s.node.Location(), linter.RuleLegacyKeyValueFormat.Format("LABEL"))
		}
	case *instructions.WorkdirCommand:
		if !path.IsAbs(command.Path) && !strings.HasPrefix(command.Path, "$") {
			lint.Run(&linter.RuleWorkdirRelativePath, s.node.Location(), linter.RuleWorkdirRelativePath.Format(command.Path))
		}
	case *instructions.CmdCommand, *instructions.EntrypointCommand, *instructions.HealthCheckCommand, *instructions.ExposeCommand, *instructions.StopSignalCommand:
		c.add(s.line, col, Warning, fmt.Sprintf("%s has no effect on runs: a run starts the command it is given, and nothing else", name))
	case *instructions.VolumeCommand:
		c.add(s.line, col, Warning, "what a run writes below a VOLUME is lost with its container; only files of the project are kept as results")
	case *instructions.OnbuildCommand:
		c.add(s.line, col, Warning, "ONBUILD does nothing in this environment, only in those that are based on it")
	}
}

var unanswered = regexp.MustCompile(`\bapt(-get)?\s+([a-z-]+\s+)*install\b`)

func (c *checker) runRules(s step, command *instructions.RunCommand) {
	col := column(c.line(s.line))
	if len(command.CmdLine) == 0 && len(command.Files) == 0 || strings.TrimSpace(strings.Join(command.CmdLine, "")) == "" {
		c.add(s.line, col, Error, "RUN needs a command")
		return
	}
	for _, flag := range s.node.Flags {
		switch {
		case strings.HasPrefix(flag, "--security") && flag != "--security=sandbox",
			flag == "--network=host", strings.HasPrefix(flag, "--device"):
			c.add(s.line, c.columnOf(s, flag), Error, fmt.Sprintf("%s is not allowed: builds run without access to the machine", flag))
		case strings.HasPrefix(flag, "--mount=") && strings.Contains(flag, "type=ssh"):
			c.add(s.line, c.columnOf(s, flag), Error, "there is no SSH agent in a build, so --mount=type=ssh cannot work; attach the file, or fetch it over HTTPS")
		}
	}
	for _, m := range mounts(s.node.Flags) {
		c.refuseOwn(s, m.from)
	}
	script := strings.Join(command.CmdLine, " ")
	if unanswered.MatchString(script) && !strings.Contains(script, " -y") && !strings.Contains(script, "--yes") && !strings.Contains(script, "--assume-yes") && !strings.Contains(script, " -qq") {
		c.add(s.line, col, Warning, "apt-get install asks before it installs, and nobody can answer in a build: add -y")
	}
}

var secretName = regexp.MustCompile(`(?i)(^|_)(apikey|auth|credentials?|key|passwd|password|pword|secret|token)(_|$)`)

func (c *checker) envRules(s step, command *instructions.EnvCommand, lint *linter.Linter) {
	if anyLegacy(command.Env) {
		lint.Run(&linter.RuleLegacyKeyValueFormat, s.node.Location(), linter.RuleLegacyKeyValueFormat.Format("ENV"))
	}
	for _, pair := range command.Env {
		switch {
		case strings.HasPrefix(pair.Key, "PETRI_"):
			c.add(s.line, c.columnOf(s, pair.Key), Error, fmt.Sprintf("variable %s cannot be set: names that begin with PETRI_ are Petri's own", pair.Key))
		case secretName.MatchString(pair.Key) && !strings.Contains(strings.ToLower(pair.Key), "public"):
			c.add(s.line, c.columnOf(s, pair.Key), Warning, fmt.Sprintf("%s looks like a secret: everyone who can use the environment can read its variables", pair.Key))
		}
	}
}

func anyLegacy(pairs instructions.KeyValuePairs) bool {
	for _, pair := range pairs {
		if pair.NoDelim {
			return true
		}
	}
	return false
}

// OwnImages is how the names begin under which Petri keeps images in the engine. Whoever could
// write them would get at images of environments that they may not see.
const OwnImages = "petri.local/"

// OwnImageRefusal says why an image of Petri's own cannot be named.
func OwnImageRefusal(name string) string {
	return fmt.Sprintf("%.120s names an image of Petri's own, which nobody can take files from; start from the environment instead, with --from OWNER/NAME@REVISION", name)
}

func (c *checker) refuseOwn(s step, image string) {
	if strings.HasPrefix(image, OwnImages) {
		c.add(s.line, c.columnOf(s, image), Error, OwnImageRefusal(image))
	}
}
