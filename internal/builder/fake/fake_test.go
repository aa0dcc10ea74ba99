package fake_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/buildertest"
	"github.com/petri-dev/petri/internal/builder/fake"
)

func TestSuite(t *testing.T) { buildertest.Run(t, fake.New("debian:12"), "debian:12") }

func TestDockerGoesAway(t *testing.T) {
	b := fake.New()
	base, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: "debian:12"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Build(t.Context(), builder.Request{Base: base, Name: "x:1", Instructions: "RUN away"}, nil)
	if petri.KindOf(err) != petri.Unavailable {
		t.Errorf("got %v", err)
	}
	if _, err := b.Find(t.Context(), base.Digest, ""); petri.KindOf(err) != petri.Unavailable {
		t.Errorf("got %v", err)
	}
	b.SetAway(false)
	if _, err := b.Find(t.Context(), base.Digest, ""); err != nil {
		t.Error(err)
	}
}

func TestFailureTellsWhatWasWritten(t *testing.T) {
	b := fake.New()
	base, _ := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseImage, Ref: "debian:12"}, nil)
	_, err := b.Build(t.Context(), builder.Request{Base: base, Name: "x:1", Instructions: "RUN echo \\\n  a\nRUN fail 3"}, nil)
	var failure *builder.StepError
	if !errors.As(err, &failure) || failure.Line != 3 || failure.ExitCode != 3 || !strings.Contains(failure.Output, "failing") {
		t.Errorf("got %+v", err)
	}
}
