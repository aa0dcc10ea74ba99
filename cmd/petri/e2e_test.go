package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/petri-dev/petri/internal/builder/fake"
	enginefake "github.com/petri-dev/petri/internal/engine/fake"
)

// fakeFolder names the variable that makes this test's petri use the fake engine, kept in
// the folder that it gives.
const fakeFolder = "PETRI_TEST_ENGINE"

// TestMain lets scenarios run this binary as petri: with the fake engine where fakeFolder is
// set, with Docker elsewhere.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"petri": func() { os.Exit(run(context.Background(), os.Args[1:], testParts)) },
	})
}

func testParts(s settings) (parts, error) {
	dir := os.Getenv(fakeFolder)
	if dir == "" {
		return dockerParts(s)
	}
	return fakeParts(dir)
}

func fakeParts(dir string) (parts, error) {
	e, err := enginefake.New(dir)
	return parts{engine: e, builder: fake.New()}, err
}

// TestScenarios plays every scenario of e2e/ on a server of its own, with the fake engine.
func TestScenarios(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../e2e",
		Setup: func(env *testscript.Env) error {
			env.Setenv(fakeFolder, filepath.Join(env.WorkDir, "engine"))
			return scenarioSetup(env)
		},
		Cmds: scenarioCommands, RequireExplicitExec: true, RequireUniqueNames: true,
	})
}

// TestDockerScenarios plays those of e2e/docker with real Docker.
func TestDockerScenarios(t *testing.T) {
	needDocker(t)
	testscript.Run(t, testscript.Params{
		Dir: "../../e2e/docker", Setup: scenarioSetup,
		Cmds: scenarioCommands, RequireExplicitExec: true, RequireUniqueNames: true,
	})
}

// scenarioSetup gives a scenario a data folder and a home of its own. Scenarios work as
// alice, in files kept short of the root of their folder: $HOME, $PETRI_DATA.
func scenarioSetup(env *testscript.Env) error {
	env.Setenv("PETRI_DATA", filepath.Join(env.WorkDir, ".data"))
	env.Setenv("HOME", filepath.Join(env.WorkDir, ".home"))
	env.Setenv("NO_COLOR", "1")
	env.Setenv("SSL_CERT_FILE", os.Getenv("SSL_CERT_FILE"))
	return os.MkdirAll(filepath.Join(env.WorkDir, ".home"), 0o755)
}

var scenarioCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"up":      scenarioUp,
	"capture": scenarioCapture,
	"fields":  scenarioFields,
	"eventually": func(ts *testscript.TestScript, neg bool, args []string) {
		ts.Check(eventually(func() error {
			err := ts.Exec(args[0], args[1:]...)
			if neg == (err != nil) {
				return nil
			}
			return errors.New(strings.Join(args, " ") + " never came to that")
		}))
	},
}

// scenarioUp waits until the server that the scenario started in the background answers.
func scenarioUp(ts *testscript.TestScript, neg bool, _ []string) {
	if neg {
		ts.Fatalf("up cannot be negated")
	}
	ts.Check(eventually(func() error {
		_, err := os.Stat(filepath.Join(ts.Getenv("PETRI_DATA"), "server.json"))
		if err == nil {
			err = ts.Exec("petri", "whoami")
		}
		return err
	}))
}

// scenarioCapture sets a variable to what the last command printed, or to the part that
// comes after a prefix in it: capture NAME [PREFIX].
func scenarioCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: capture NAME [PREFIX]")
	}
	text := ts.ReadFile("stdout")
	if len(args) > 1 {
		_, after, found := strings.Cut(text, args[1])
		if !found {
			ts.Fatalf("the output has no %q", args[1])
		}
		text = after
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	ts.Setenv(args[0], strings.Trim(text, `", `))
}

func eventually(try func() error) error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// needDocker skips on a laptop without Docker and fails in CI.
func needDocker(t *testing.T) {
	t.Helper()
	p, err := dockerParts(settings{Data: t.TempDir()})
	if err == nil {
		_, err = p.engine.Info(context.Background())
	}
	if err == nil {
		return
	}
	message := fmt.Sprintf("this test needs Docker: %v", err)
	if os.Getenv("CI") != "" {
		t.Fatal(message)
	}
	t.Skip(message)
}
