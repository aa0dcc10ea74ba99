package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/store"
)

// carryOutBuilds puts builds that were cut back into the queue, then claims queued ones, as
// many at once as the server was told.
func (w *Worker) carryOutBuilds(ctx context.Context) {
	wake, stop := w.DB.Watch(store.BuildQueue)
	defer stop()
	for {
		err := w.Envs.RequeueHeld(ctx, w.Server)
		if err == nil {
			break
		}
		w.Log.Error("look for builds to take up again", "error", err)
		if !pause(ctx, time.Second) {
			return
		}
	}
	slots := make(chan struct{}, w.Builds)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		build, err := w.Envs.ClaimBuild(ctx, w.Server)
		if err == nil {
			w.goDo(func() {
				defer func() { <-slots }()
				w.carryBuild(ctx, build)
			})
			continue
		}
		<-slots
		if petri.KindOf(err) != petri.NotFound && ctx.Err() == nil {
			w.Log.Error("claim a build", "error", err)
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}

// construction is one build in this worker's hands.
type construction struct {
	*Worker
	build    petri.Build
	revision petri.Revision
	log      *slog.Logger
	events   *logs.EventWriter
	steps    int // steps that earlier phases reported
	highest  int // the highest step seen so far
	giveUp   context.CancelCauseFunc
	cut      bool // the log could not be written
	told     bool // the log says how it ended
}

// errCanceled is the cause when a person cancelled the build.
var errCanceled = errors.New("somebody cancelled the build")

// carryBuild takes a claimed build to its end: resolve → build → list packages → seal. A
// build does not outlive the server: put down, it goes back into the queue.
func (w *Worker) carryBuild(ctx context.Context, build petri.Build) {
	c := &construction{Worker: w, build: build, log: w.Log.With("revision_id", build.RevisionID, "build_id", build.ID)}
	work, cancel := context.WithCancelCause(ctx)
	c.giveUp = cancel
	defer cancel(nil)
	unwatch := c.cancelOnRequest(work, cancel)
	defer c.closeLog() // after end has written into it
	err := c.construct(work)
	unwatch()
	if err == nil {
		return
	}
	var known *petri.Error
	if errors.As(context.Cause(work), &known) {
		err = known // why the work was given up
	}
	for {
		ended := c.endInTime(ctx, err, context.Cause(work))
		if ended == nil {
			break
		}
		c.log.Error("end a build", "error", ended)
		if kind := petri.KindOf(ended); kind != petri.Exhausted && kind != petri.Unavailable || !pause(ctx, retryAfter) {
			return // the next worker queues it again
		}
	}
	if petri.KindOf(err) == petri.Unavailable {
		pause(ctx, retryAfter) // Docker is away: the queue keeps
	}
}

// endInTime is end with time for it also when the server is shutting down.
func (c *construction) endInTime(ctx context.Context, err, cause error) error {
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	return c.end(last, err, cause)
}

// construct does the work and seals a ready revision.
func (c *construction) construct(ctx context.Context) (err error) {
	c.revision, err = c.Envs.ByID(ctx, c.build.RevisionID)
	if err != nil {
		return err
	}
	folder := logs.BuildFolder(c.Data, c.build.ID)
	if err := os.RemoveAll(folder); err != nil { // a cut build's
		return fmt.Errorf("clear the build's folder: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the build's folder: %w", err)
	}
	if c.events, err = logs.NewEventWriter(logs.BuildLog(c.Data, c.build)); err != nil {
		return err
	}
	base, err := c.resolve(ctx)
	if err != nil {
		return err
	}
	reused, err := c.reuse(ctx, base)
	if err != nil || reused {
		return err
	}
	image, err := c.make(ctx, base, filepath.Join(folder, "context"))
	if err != nil {
		return err
	}
	c.crash("build-made")
	if err := c.inspectImage(ctx, &image); err != nil {
		return err
	}
	return c.sealReady(ctx, image.sealed, "")
}

// resolve finds the base and freezes its digest.
func (c *construction) resolve(ctx context.Context) (builder.Image, error) {
	want := c.revision.Definition.Base
	base := builder.Base{Kind: want.Kind, Ref: want.Ref, Digest: want.Digest}
	switch want.Kind {
	case petri.BaseFile:
		path, err := c.Blobs.Path(ctx, want.File, false)
		if err != nil {
			return builder.Image{}, err
		}
		base.Path = path
	case petri.BaseRevision:
		ref, err := petri.ParseEnvironmentRef(want.Ref, "")
		if err != nil {
			return builder.Image{}, err
		}
		base.Ref = c.imageName(ref)
	}
	return c.Builder.Resolve(ctx, base, c.phase())
}

// reuse seals the revision with the image of an earlier one that had the same definition, if
// there is one and the engine still has its image.
func (c *construction) reuse(ctx context.Context, base builder.Image) (bool, error) {
	earlier, err := c.Envs.BaseResolved(ctx, c.build, base.Digest)
	if petri.KindOf(err) == petri.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := c.Builder.Find(ctx, earlier.Image.Digest, c.imageName(earlier.Ref)); petri.KindOf(err) == petri.NotFound {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if err := c.Builder.Tag(ctx, earlier.Image.Digest, c.imageName(c.revision.Ref)); err != nil {
		return false, err
	}
	c.phase()(petri.BuildEvent{
		Time: c.Now(), Step: 1, State: "cached", Name: "look for an image of the same definition",
		Message: fmt.Sprintf("nothing changed since %s: its image is used again", earlier.Ref),
	})
	return true, c.sealReady(ctx, earlier.Image, earlier.Ref.String())
}

// made is an image as the builder left it, and as the record keeps it.
type made struct {
	builder.Image
	sealed petri.Image
}

func (c *construction) make(ctx context.Context, base builder.Image, contextFolder string) (made, error) {
	definition := c.revision.Definition
	if definition.Files != "" {
		if err := c.Files.Extract(ctx, definition.Files, contextFolder); err != nil {
			return made{}, fmt.Errorf("lay out the attached files: %w", err)
		}
	} else {
		contextFolder = ""
	}
	image, err := c.Builder.Build(ctx, builder.Request{
		Base: base, Instructions: definition.Instructions, Context: contextFolder, Variables: definition.Variables,
		Labels: c.labels(base), Name: c.imageName(c.revision.Ref), NoCache: c.build.NoCache,
	}, c.phase())
	return made{Image: image, sealed: petri.Image{Digest: image.Digest, Bytes: image.Bytes}}, err
}

func (c *construction) labels(base builder.Image) map[string]string {
	ref := c.revision.Ref
	return map[string]string{
		"org.opencontainers.image.title":       ref.Owner + "/" + ref.Name,
		"org.opencontainers.image.version":     fmt.Sprint(ref.Revision),
		"org.opencontainers.image.base.name":   c.revision.Definition.Base.Ref,
		"org.opencontainers.image.base.digest": string(base.Digest),
		"petri.server":                         c.Server,
		"petri.environment":                    ref.Owner + "/" + ref.Name,
		"petri.revision":                       fmt.Sprint(ref.Revision),
		"petri.base.digest":                    string(base.Digest),
	}
}

// phase gives the next phase's events step numbers that follow those before it.
func (c *construction) phase() builder.Progress {
	c.steps = c.highest
	return func(event petri.BuildEvent) {
		if event.Step > 0 {
			event.Step += c.steps
			c.highest = max(c.highest, event.Step)
		}
		if c.events == nil {
			return // it was put down before it began
		}
		if err := c.events.Append(event); err != nil {
			if !c.cut {
				c.log.Warn("write the build's log", "error", err)
			}
			c.cut = true
			c.giveUp(err) // a build without a whole log is none
		}
	}
}

// tellEnd is the log's last event, said once.
func (c *construction) tellEnd(state, message string) {
	if !c.told {
		c.phase()(petri.BuildEvent{Time: c.Now(), State: state, Message: message})
	}
	c.told = true
}

func (c *construction) sealReady(ctx context.Context, image petri.Image, reusedFrom string) error {
	log, err := c.sealLog(ctx)
	if err != nil {
		return err
	}
	if err := c.Envs.SealReady(ctx, c.build.ID, image, reusedFrom, log); err != nil {
		return fmt.Errorf("seal the revision: %w", err)
	}
	c.clear()
	return nil
}

// sealLog closes the log and keeps it as a blob.
func (c *construction) sealLog(ctx context.Context) (petri.Digest, error) {
	if c.events == nil {
		return "", nil
	}
	if err := c.events.Close(); err != nil {
		return "", fmt.Errorf("close the build's log: %w", err)
	}
	digest, _, err := c.Blobs.Adopt(ctx, logs.BuildLog(c.Data, c.build))
	if err != nil {
		return "", fmt.Errorf("keep the build's log: %w", err)
	}
	return digest, nil
}

func (c *construction) closeLog() {
	if c.events == nil {
		return
	}
	if err := c.events.Close(); err != nil {
		c.log.Warn("close the build's log", "error", err)
	}
}

func (c *construction) clear() {
	if err := os.RemoveAll(logs.BuildFolder(c.Data, c.build.ID)); err != nil {
		c.log.Warn("remove the build's folder", "error", err)
	}
}
