package fake

import (
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/witness"
)

// A command that begins with "fake" is a script: each further argument is a step.
//
//	print TEXT | warn TEXT        a line on standard output or error; raw TEXT without line end
//	write PATH TEXT               a file with one line; append PATH TEXT; fill PATH BYTES
//	mkdir PATH | remove PATH | link PATH TARGET | copy PATH TO | cat PATH | env NAME
//	sleep DURATION                50ms, 2s; ends early by a signal
//	trap                          from here on TERM is ignored
//	install ECOSYSTEM NAME VERSION   the list at the end has one package more
//	metric NAME VALUE             what petri metric would note; wobble NAME one near 1, never the same twice
//	load ECOSYSTEM NAME [VERSION] the package is loaded; without a version, as it was at the start
//	unseen                        what is loaded cannot be seen
//	in r@2,s@* STEP               the step, but only in these revisions
//	random PATH                   a file that is never the same twice
//	exit N | signal NAME | oom | disk-full
//	vanish                        the container is gone at once, without outcome
//	die                           the container ends without outcome, as when the machine does
//	fail-start TEXT               the engine refuses to start the container
//
// Paths are relative to the working folder. Of real commands true, false, echo, sleep and cat
// are known; any other is not found in the image.

var (
	errVanish = errors.New("the container vanishes")
	errDie    = errors.New("the container dies")
)

// refusal is why the container cannot be started; "" for a script without fail-start.
func refusal(c *container) string {
	spec, err := c.spec()
	if err != nil {
		return err.Error()
	}
	if spec.GPUs > 0 {
		return "GPUs were asked for, and the fake engine has none"
	}
	run, err := witness.ReadSpec(sourceOf(spec, witness.FolderPath))
	if err != nil {
		return err.Error()
	}
	for _, step := range run.Command {
		if text, ok := strings.CutPrefix(step, "fail-start"); ok {
			return strings.TrimSpace("refused" + text)
		}
	}
	return ""
}

// steps translates the command into a script.
func steps(command []string) ([]string, bool) {
	if len(command) == 0 {
		return nil, false
	}
	rest := strings.Join(command[1:], " ")
	switch path.Base(command[0]) {
	case "fake":
		return command[1:], true
	case "true":
		return nil, true
	case "false":
		return []string{"exit 1"}, true
	case "echo":
		return []string{"print " + rest}, true
	case "cat":
		return []string{"cat " + rest}, true
	case "sleep":
		if _, err := strconv.ParseFloat(rest, 64); err == nil {
			rest += "s"
		}
		return []string{"sleep " + rest}, true
	}
	return nil, false
}

// script plays the steps from the one that is due.
func (p *player) script() (engine.Exit, error) {
	all, known := steps(p.spec.Command)
	if !known {
		name := strings.Join(p.spec.Command[:min(1, len(p.spec.Command))], "")
		p.outcome.ExitCode, p.outcome.StartError = 127, name+": not found in the image"
		return engine.Exit{Code: 127}, nil
	}
	for p.now.Step < len(all) {
		if p.look() {
			break
		}
		ended, err := p.step(all[p.now.Step])
		if errors.Is(err, errDie) {
			return engine.Exit{Code: 137}, err
		}
		if err != nil || ended {
			return p.exit(), err
		}
		if p.ending != "" && !p.now.Trapped {
			break
		}
		p.now.Step++
		if err := p.saveStep(); err != nil {
			return engine.Exit{}, err
		}
	}
	return p.exit(), nil
}

func (p *player) saveStep() error {
	if info, err := p.log.Stat(); err == nil {
		p.now.Log = info.Size()
	}
	return p.save(p.now)
}

func (p *player) exit() engine.Exit {
	return engine.Exit{Code: p.outcome.ExitCode, OOMKilled: p.outcome.OOMKilled}
}

// step plays one step; ended tells that the command is over.
func (p *player) step(line string) (ended bool, err error) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "print":
		return false, p.print(petri.Stdout, rest+"\n")
	case "raw":
		return false, p.print(petri.Stdout, rest)
	case "warn":
		return false, p.print(petri.Stderr, rest+"\n")
	case "env":
		return false, p.print(petri.Stdout, p.variable(rest)+"\n")
	case "sleep":
		return p.sleep(rest)
	case "trap":
		p.now.Trapped = true
		return false, nil
	case "install":
		if f := strings.Fields(rest); len(f) == 3 {
			p.now.Packages = append(p.now.Packages, petri.Package{Ecosystem: f[0], Name: f[1], Version: f[2]})
		}
		return false, nil
	case "metric", "wobble", "load", "unseen":
		return p.sayStep(verb, rest)
	case "in":
		where, rest, _ := strings.Cut(rest, " ")
		if !p.in(where) {
			return false, nil
		}
		return p.step(rest)
	case "random":
		return p.fileStep("write", rest+" "+rand.Text())
	case "exit":
		p.outcome.ExitCode = atoi(rest, 1)
		return true, nil
	case "signal":
		p.killed(rest)
		return true, nil
	case "oom":
		p.killed("SIGKILL")
		p.outcome.OOMKilled = true
		return true, nil
	case "disk-full":
		p.killed("SIGTERM")
		p.outcome.DiskFull = true
		return true, nil
	case "vanish":
		return true, errVanish
	case "die":
		return true, errDie
	}
	return p.fileStep(verb, rest)
}

// in tells whether the run's revision is among some, written name@n with commas between; a * stands
// for any text.
func (p *player) in(revisions string) bool {
	own := path.Base(p.variable("PETRI_ENVIRONMENT"))
	for pattern := range strings.SplitSeq(revisions, ",") {
		if matched, _ := path.Match(pattern, own); matched {
			return true
		}
	}
	return false
}

func (p *player) variable(name string) string {
	for _, pair := range p.spec.Env {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

func (p *player) sleep(text string) (bool, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return true, p.complain("sleep: bad duration " + text)
	}
	if p.now.Until.IsZero() {
		p.now.Until = time.Now().Add(d)
		if err := p.saveStep(); err != nil {
			return true, err
		}
	}
	for time.Now().Before(p.now.Until) {
		if p.look() {
			return true, nil
		}
		if _, err := p.load(); err != nil {
			return true, errVanish // removed while it ran
		}
		time.Sleep(min(pollPeriod, time.Until(p.now.Until)))
	}
	p.now.Until = time.Time{}
	return false, nil
}

// complain is a command of the image that fails as commands do.
func (p *player) complain(words string) error {
	p.outcome.ExitCode = 1
	return p.print(petri.Stderr, words+"\n")
}

// look sees to signals and the time limit; it tells whether the command has ended by them.
func (p *player) look() (ended bool) {
	for _, name := range p.takeSignals() {
		switch name {
		case "SIGKILL":
			p.killed("SIGKILL")
			return true
		case witness.StopSignal:
			p.end("stop")
		case witness.DiskFullSignal:
			p.end("disk")
		default:
			p.killed(name)
			return true
		}
	}
	if !p.deadline.IsZero() && time.Now().After(p.deadline) {
		p.end("timeout")
	}
	switch {
	case p.ending == "":
		return false
	case !p.now.Trapped:
		p.killed("SIGTERM")
		return true
	case time.Now().After(p.killAt):
		p.killed("SIGKILL")
		return true
	}
	return false
}

func (p *player) end(why string) {
	if p.ending != "" {
		return
	}
	p.ending, p.killAt = why, time.Now().Add(p.spec.Grace)
	p.outcome.Stopped, p.outcome.TimedOut, p.outcome.DiskFull = why == "stop", why == "timeout", why == "disk"
}

func (p *player) killed(signal string) {
	p.outcome.Signal = signal
	p.outcome.ExitCode = 128 + map[string]int{
		"SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGABRT": 6, "SIGKILL": 9, "SIGUSR1": 10, "SIGSEGV": 11, "SIGUSR2": 12, "SIGTERM": 15,
	}[signal]
}

func atoi(text string, otherwise int) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return otherwise
	}
	return n
}

func splitDash(s string) iter.Seq[string] { return strings.SplitSeq(s, "-") }

func unknownStep(verb string) string { return fmt.Sprintf("fake: unknown step %q", verb) }
