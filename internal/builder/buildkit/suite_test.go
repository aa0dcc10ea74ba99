package buildkit_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/buildertest"
	"github.com/petri-dev/petri/internal/builder/buildkit"
)

const base = "petri-base/bookworm"

func TestSuite(t *testing.T) {
	b := newBuilder(t, buildkit.Config{})
	t.Cleanup(func() {
		_ = exec.Command("sh", "-c", "docker rmi $(docker images --format '{{.Repository}}:{{.Tag}}' 'petri.local/test/*' | grep ':t[0-9]')").Run()
	})
	buildertest.Run(t, b, base)
}

// engine is this machine's Docker. Without it, or the base image, the test skips on a laptop
// and fails in CI.
func engine(t *testing.T) *client.Client {
	t.Helper()
	docker, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { docker.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = docker.ImageInspect(ctx, base)
	switch {
	case err == nil:
		return docker
	case os.Getenv("CI") == "true":
		t.Fatalf("Docker with %s is needed (scripts/setup-docker, scripts/bases): %v", base, err)
	default:
		t.Skipf("Docker with %s is needed (scripts/setup-docker, scripts/bases): %v", base, err)
	}
	return nil
}

func newBuilder(t *testing.T, config buildkit.Config) *buildkit.Builder {
	t.Helper()
	b, err := buildkit.New(engine(t), config)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// make builds instructions on the base image under a name that is removed afterwards.
func makeImage(t *testing.T, b *buildkit.Builder, req builder.Request) (builder.Image, []petri.BuildEvent, error) {
	t.Helper()
	var err error
	if req.Base, err = b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: base}, nil); err != nil {
		t.Fatal(err)
	}
	req.Name = imageName(t)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", req.Name).Run() })
	var events []petri.BuildEvent
	image, err := b.Build(t.Context(), req, func(e petri.BuildEvent) { events = append(events, e) })
	return image, events, err
}

// imageName is this test's, in this process.
func imageName(t *testing.T) string {
	return "petri.local/test/" + strings.ToLower(strings.Map(letters, t.Name())) + ":p" + strconv.Itoa(os.Getpid())
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// in runs a command in an image and returns what it printed.
func in(t *testing.T, image string, command ...string) string {
	t.Helper()
	out, err := exec.Command("docker", append([]string{"run", "--rm", "--network=none", image}, command...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker run %s %q: %v\n%s", image, command, err, out)
	}
	return string(out)
}
