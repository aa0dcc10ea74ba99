// Package fake plays a builder in memory. Tests of the worker and of the whole system use
// it where Docker would be slow; it passes the same suite as the real one.
//
// Instructions script what it does: RUN echo WORDS prints, RUN fail 7 fails with that exit
// code, RUN sleep 1s takes that long, RUN away makes Docker vanish under the build; any other
// RUN succeeds at once. COPY looks into the attached files; ENV and USER shape the image.
package fake

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// Builder is a builder without an engine. It may be used concurrently.
type Builder struct {
	// Now is the clock for events.
	Now func() time.Time

	mu     sync.Mutex
	away   bool
	builds int
	images map[petri.Digest]builder.Image
	names  map[string]petri.Digest
	done   map[string]bool // steps that ran before, by everything up to and with them
}

var _ builder.Builder = (*Builder)(nil)

// New makes a Builder that knows images by these references; with none given, petri-base/
// bullseye, bookworm and trixie, and debian:12.
func New(refs ...string) *Builder {
	if len(refs) == 0 {
		refs = []string{"petri-base/bullseye", "petri-base/bookworm", "petri-base/trixie", "debian:12"}
	}
	b := &Builder{Now: time.Now, images: map[petri.Digest]builder.Image{}, names: map[string]petri.Digest{}, done: map[string]bool{}}
	for _, ref := range refs {
		b.add(builder.Image{Digest: petri.DigestBytes([]byte("image " + ref)), Name: ref, Bytes: 120 << 20, Env: []string{"PATH=" + defaultPath}})
	}
	return b
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// SetAway makes every call fail as if Docker were not there, or brings it back.
func (b *Builder) SetAway(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

// Builds counts the builds that were begun.
func (b *Builder) Builds() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.builds
}

// Remove makes an image vanish, as pruning would.
func (b *Builder) Remove(digest petri.Digest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.images, digest)
	maps.DeleteFunc(b.names, func(_ string, d petri.Digest) bool { return d == digest })
}

// Find is builder.Builder's.
func (b *Builder) Find(ctx context.Context, digest petri.Digest, name string) (builder.Image, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return builder.Image{}, errAway()
	}
	return b.find(digest, name)
}

func (b *Builder) find(digest petri.Digest, name string) (builder.Image, error) {
	image, ok := b.images[digest]
	if !ok {
		return builder.Image{}, petri.Errorf(petri.NotFound, "Docker has no image %s (%s); someone may have removed it: build it again", name, digest.Short())
	}
	if b.names[name] == digest {
		image.Name = name
	}
	return clone(image), nil
}

// Tag is builder.Builder's.
func (b *Builder) Tag(ctx context.Context, digest petri.Digest, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return errAway()
	}
	if _, err := b.find(digest, name); err != nil {
		return err
	}
	b.names[name] = digest
	return nil
}

func (b *Builder) add(image builder.Image) {
	b.images[image.Digest] = clone(image)
	b.names[image.Name] = image.Digest
}

func clone(image builder.Image) builder.Image {
	image.Env, image.Labels = slices.Clone(image.Env), maps.Clone(image.Labels)
	return image
}

func errAway() error {
	return petri.Errorf(petri.Unavailable, "Docker does not answer; check that it runs, with: petri doctor")
}
