package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/witness"
)

// StoreUID is who owns stored files, and runs commands whose environment names no user, where
// the server is root. The blob store has to be opened with it.
const StoreUID = 1000

// launch stages the run and starts its container, unless that was done already: by this
// worker before the engine went away, or by one that died. Nothing runs twice. A
// run that somebody asked to stop before that ends here.
func (a *attempt) launch(ctx context.Context) error {
	if !a.unstarted {
		begun, err := a.begun(ctx)
		if err != nil || begun {
			return err
		}
		if err := a.clearUnstarted(ctx); err != nil {
			return err
		}
		a.unstarted = true
	}
	if stopped, err := a.stopUnstarted(ctx); err != nil || stopped {
		return err
	}
	if err := a.clearUnstarted(ctx); err != nil {
		return err
	}
	spec, err := a.stage(ctx)
	if err != nil {
		return fmt.Errorf("stage: %w", err)
	}
	a.crash("run-staged")
	if stopped, err := a.stopUnstarted(ctx); err != nil || stopped { // staging may take a while
		return err
	}
	id, err := a.Engine.Create(ctx, spec)
	if petri.KindOf(err) == petri.Conflict {
		a.unstarted = false // whose it is, and whether it began, is looked up when this is tried again
		return fmt.Errorf("%w: %w", errTaken, err)
	}
	if err != nil {
		return fmt.Errorf("create container: %w", err)
	}
	a.container = id
	a.crash("run-created")
	a.unstarted = false // from here on only the engine knows
	if err := a.Engine.Start(ctx, id); err != nil {
		return fmt.Errorf("start container: %w", err)
	}
	a.crash("run-started")
	return nil
}

// errTaken tells that the container's name is taken: the engine was still at a dead worker's last
// call, and shows what that made only once it is done.
var errTaken = errors.New("a container of that name appeared meanwhile")

// stopUnstarted ends the run as stopped where somebody asked for that; its command must not
// have begun.
func (a *attempt) stopUnstarted(ctx context.Context) (bool, error) {
	if err := a.refresh(ctx); err != nil || a.run.StopRequestedBy == "" {
		return false, err
	}
	run, err := a.Runs.StopUnstarted(ctx, a.run.ID)
	if err != nil {
		return false, fmt.Errorf("stop the run before it began: %w", err)
	}
	a.run = run
	return true, nil
}

// begun tells whether the run's command may have had effects, and finds its container. One that
// was created is whole, with its files staged, so it is started: should a dead worker's last
// call be starting it at this very moment, the engine lets only one of both do it. A run that
// is to stop is not started any more.
func (a *attempt) begun(ctx context.Context) (bool, error) {
	found, err := a.find(ctx)
	if err != nil {
		return false, err
	}
	switch found.State {
	case engine.Running, engine.Ended:
		return true, nil
	case engine.Created:
		if err := a.refresh(ctx); err != nil {
			return false, err
		}
		if a.run.StopRequestedBy != "" {
			break
		}
		err := a.Engine.Start(ctx, a.container)
		switch petri.KindOf(err) {
		case "", petri.Conflict:
			return true, nil
		case petri.Unavailable:
			return false, err
		}
		a.log.Warn("a container that was created does not start; it is made anew", "error", err)
	}
	return exists(filepath.Join(a.io(), witness.StartedFile)), nil
}

func (a *attempt) find(ctx context.Context) (engine.Container, error) {
	if a.container == "" && !exists(a.folder()) {
		return engine.Container{}, nil // no folder, so no container was ever created for it
	}
	found, err := a.Engine.List(ctx, a.labels())
	if err != nil {
		return engine.Container{}, fmt.Errorf("look for the container: %w", err)
	}
	if len(found) == 0 {
		a.container = ""
		return engine.Container{}, nil
	}
	a.container = found[0].ID
	return found[0], nil
}

func (a *attempt) clearUnstarted(ctx context.Context) error {
	if a.container == "" { // what was created may have been lost on its way to us
		if _, err := a.find(ctx); err != nil {
			return err
		}
	}
	if a.container != "" {
		if err := a.Engine.Remove(ctx, a.container); err != nil {
			return fmt.Errorf("remove a container that never started: %w", err)
		}
		a.container = ""
		if exists(filepath.Join(a.io(), witness.StartedFile)) {
			return errVanished // a dead worker's last call started it just now
		}
	}
	if err := a.Files.Discard(ctx, a.folder()); err != nil {
		return fmt.Errorf("clear the run's folder: %w", err)
	}
	return nil
}

// stage lays out the run's folder and says what container it needs.
func (a *attempt) stage(ctx context.Context) (engine.Spec, error) {
	revision, commit, err := a.Runs.Inputs(ctx, a.run)
	if err != nil {
		return engine.Spec{}, err
	}
	who := runAs(revision.Image.User, a.Root)
	io, home := a.io(), filepath.Join(a.folder(), "home")
	if err := a.makeFolders(io, home, who); err != nil {
		return engine.Spec{}, fmt.Errorf("make the run's folder: %w", err)
	}
	how := files.Copy
	if a.facts(ctx).Overlay && (who.uid == StoreUID || who.uid == 0) {
		how = files.Overlay
	}
	space, err := a.Files.Stage(ctx, a.folder(), commit.Tree, how, files.Owner{UID: who.uid, GID: who.gid})
	if err != nil {
		return engine.Spec{}, err
	}
	if err := witness.WriteSpec(io, a.witnessSpec(who)); err != nil {
		return engine.Spec{}, err
	}
	mounts := append(a.witnessMounts(io), engine.Mount{Target: witness.ToolPath, Source: a.Witness, ReadOnly: true}, workMount(space))
	if who.home == witness.HomePath {
		mounts = append(mounts, engine.Mount{Target: witness.HomePath, Source: home})
	}
	spec := a.run.Spec
	return engine.Spec{
		Name: a.containerName("run", int64(a.run.ID)), Labels: a.labels(), Hostname: "petri",
		Image: revision.Image.Digest, ImageName: a.taggedAs(revision),
		Command: []string{witness.BinaryPath}, Dir: witness.WorkPath, User: who.container, Capabilities: who.capabilities,
		Mounts: mounts, CPUs: spec.CPUs, MemoryBytes: spec.MemoryBytes, GPUs: spec.GPUs, Network: spec.Network, Pids: pidsLimit,
	}, nil
}

// makeFolders makes the witness's folder, which nobody else may look into, and the command's
// home.
func (a *attempt) makeFolders(io, home string, who identity) error {
	if err := os.MkdirAll(io, 0o700); err != nil {
		return err
	}
	if err := os.MkdirAll(home, 0o755); err != nil || !a.Root {
		return err
	}
	return os.Chown(home, who.uid, who.gid)
}

// pidsLimit stops a fork bomb and is more than any numerical library starts.
const pidsLimit = 4096

func workMount(space files.Workspace) engine.Mount {
	if space.Mode == files.Copy {
		return engine.Mount{Target: witness.WorkPath, Source: space.Copy}
	}
	return engine.Mount{Target: witness.WorkPath, Overlay: &engine.Overlay{Lower: space.Lower, Upper: space.Upper, Work: space.Work}}
}

// witnessMounts show the witness, its folder and the certificates in a container.
func (w *Worker) witnessMounts(io string) []engine.Mount {
	mounts := []engine.Mount{
		{Target: witness.BinaryPath, Source: w.Witness, ReadOnly: true},
		{Target: witness.FolderPath, Source: io},
	}
	if w.CABundle != "" {
		mounts = append(mounts, engine.Mount{Target: caBundlePath, Source: w.CABundle, ReadOnly: true})
	}
	return mounts
}

func (a *attempt) labels() map[string]string {
	return map[string]string{"petri.server": a.Server, "petri.run": strconv.FormatInt(int64(a.run.ID), 10)}
}

func (w *Worker) containerName(sort string, id int64) string {
	return fmt.Sprintf("petri-%s-%s-%d", w.shortID(), sort, id)
}

// imageName is the tag under which a revision's image stands in the engine, which keeps it
// from being pruned as dangling. The server's identity keeps two servers on one engine from
// taking each other's tags.
func (w *Worker) imageName(ref petri.EnvironmentRef) string {
	return fmt.Sprintf("petri.local/%s/%s/%s:%d", w.shortID(), ref.Owner, ref.Name, ref.Revision)
}

func (w *Worker) shortID() string { return w.Server[:min(8, len(w.Server))] }

// taggedAs is the tag that a revision's image has for sure: its own, or that of the revision
// whose image it shares.
func (w *Worker) taggedAs(r petri.Revision) string {
	if ref, err := petri.ParseEnvironmentRef(r.ReusedFrom, ""); err == nil {
		return w.imageName(ref)
	}
	return w.imageName(r.Ref)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
