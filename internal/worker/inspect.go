package worker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/logs"
	"github.com/petri-dev/petri/internal/witness"
)

// inspectImage starts the witness in the new image, with no network and nothing of the
// user's running, to list its packages and resolve its user.
func (c *construction) inspectImage(ctx context.Context, image *made) error {
	tell := c.phase()
	begun := c.Now()
	tell(petri.BuildEvent{Time: begun, Step: 1, Name: "read the package list", State: "started"})
	io := filepath.Join(logs.BuildFolder(c.Data, c.build.ID), "inspect")
	if err := os.MkdirAll(io, 0o755); err != nil {
		return fmt.Errorf("make the inspection's folder: %w", err)
	}
	if err := witness.WriteSpec(io, witness.Spec{Inspect: true, User: image.User, UID: -1, GID: -1}); err != nil {
		return err
	}
	if err := c.runInspection(ctx, image, io); err != nil {
		return fmt.Errorf("inspect the image: %w", err)
	}
	list, err := witness.ReadPackages(io, witness.PackagesAfterFile)
	if err != nil {
		return fmt.Errorf("read what the inspection found: %w", err)
	}
	found, err := witness.ReadImageFacts(io)
	if err != nil {
		return fmt.Errorf("read what the inspection found: %w", err)
	}
	image.sealed.PackageCount, image.sealed.User = len(list), found.User
	if image.sealed.Packages, _, err = c.Blobs.Adopt(ctx, filepath.Join(io, witness.PackagesAfterFile)); err != nil {
		return fmt.Errorf("keep the package list: %w", err)
	}
	if _, err := witness.ReadFacts(io); err != nil {
		return fmt.Errorf("read the image's facts: %w", err)
	}
	if image.sealed.Facts, _, err = c.Blobs.Adopt(ctx, filepath.Join(io, witness.FactsFile)); err != nil {
		return fmt.Errorf("keep the image's facts: %w", err)
	}
	tell(petri.BuildEvent{
		Time: c.Now(), Step: 1, State: "done", Seconds: c.Now().Sub(begun).Seconds(),
		Message: fmt.Sprintf("%d packages", len(list)),
	})
	return nil
}

func (c *construction) runInspection(ctx context.Context, image *made, io string) error {
	name := c.containerName("build", int64(c.build.ID))
	labels := map[string]string{"petri.server": c.Server, "petri.build": strconv.FormatInt(int64(c.build.ID), 10)}
	who := runAs(petri.ImageUser{}, c.Root)
	mounts := []engine.Mount{
		{Target: witness.BinaryPath, Source: c.Witness, ReadOnly: true},
		{Target: witness.FolderPath, Source: io},
	}
	id, err := c.createAnew(ctx, engine.Spec{
		Name: name, Labels: labels, Image: image.Digest, ImageName: image.Name, Command: []string{witness.BinaryPath}, Dir: "/",
		User: who.container, Capabilities: []string{"CAP_DAC_READ_SEARCH"}, Mounts: mounts, Network: petri.NetworkNone, Pids: 64, MemoryBytes: 512 << 20,
	})
	if err != nil {
		return err
	}
	defer func() {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := c.Engine.Remove(after, id); err != nil {
			c.log.Warn("remove the inspection's container", "error", err)
		}
	}()
	if err := c.Engine.Start(ctx, id); err != nil {
		return err
	}
	patience, cancel := context.WithTimeoutCause(ctx, inspectLimit, errSlowInspection)
	defer cancel()
	exit, err := c.Engine.Wait(patience, id)
	if err != nil && ctx.Err() == nil && patience.Err() != nil {
		return errSlowInspection
	}
	if err == nil && exit.Code != 0 {
		return petri.Errorf(petri.Internal, "the image was built, but its packages could not be listed: %s", witness.ReadFailure(io))
	}
	return err
}

// createAnew makes a container in place of those with its labels. One that appears meanwhile is what
// a dead worker asked for last, and goes the same way.
func (w *Worker) createAnew(ctx context.Context, spec engine.Spec) (id string, err error) {
	for range mostTaken {
		if err = w.removeContainers(ctx, spec.Labels); err != nil {
			return "", err
		}
		if id, err = w.Engine.Create(ctx, spec); petri.KindOf(err) != petri.Conflict || !pause(ctx, retryAfter) {
			break
		}
	}
	return id, err
}

// inspectLimit bounds how long an image may keep us: a strange one has pipes where files should be.
const inspectLimit = 5 * time.Minute

var errSlowInspection = petri.Errorf(petri.Invalid, "the image was built, but its packages could not be listed within %s", inspectLimit)

// removeContainers removes what a cut build left under these labels.
func (w *Worker) removeContainers(ctx context.Context, labels map[string]string) error {
	found, err := w.Engine.List(ctx, labels)
	if err != nil {
		return err
	}
	for _, left := range found {
		if err := w.Engine.Remove(ctx, left.ID); err != nil {
			return err
		}
	}
	return nil
}
