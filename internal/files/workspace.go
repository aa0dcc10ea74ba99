package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/tree"
)

// StageMode is how a run sees its files.
type StageMode string

// The ways to stage.
const (
	// Overlay: an upper folder over materialised trees, to be mounted by the engine. Needs root.
	Overlay StageMode = "overlay"
	// Copy: a folder of copies, to be bind-mounted.
	Copy StageMode = "copy"
)

// Workspace is where a run finds its files. It is written into the run's folder, so that
// any process can collect from it.
type Workspace struct {
	Mode StageMode `json:"mode"`
	// Base is the tree that was staged.
	Base petri.Digest `json:"base"`
	// Lower are the folders below Upper, topmost first; Work is overlayfs's own. Mode Overlay.
	Lower []string `json:"lower,omitempty"`
	Upper string   `json:"upper,omitempty"`
	Work  string   `json:"work,omitempty"`
	// Copy is the one folder of mode Copy; StagedAt is the change time in nanoseconds before which
	// nothing in it was touched by the run.
	Copy     string `json:"copy,omitempty"`
	StagedAt int64  `json:"staged_at,omitempty"`
}

const workspaceFile = "workspace.json"

// OpenWorkspace reads what Stage left in a run's folder. Kind not_found when staging did not
// come to its end.
func OpenWorkspace(folder string) (Workspace, error) {
	b, err := os.ReadFile(filepath.Join(folder, workspaceFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Workspace{}, petri.Wrap(petri.NotFound, err, "the run's files were not staged in %s", folder)
	}
	var ws Workspace
	if err == nil {
		err = json.Unmarshal(b, &ws)
	}
	if err != nil {
		return Workspace{}, fmt.Errorf("read the workspace in %s: %w", folder, err)
	}
	return ws, nil
}

// save writes the workspace, in one step.
func (ws Workspace) save(folder string) error {
	b, err := json.Marshal(ws)
	if err != nil {
		return fmt.Errorf("encode the workspace: %w", err)
	}
	path := filepath.Join(folder, workspaceFile)
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the workspace: %w", disk.Explain(err))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write the workspace: %w", err)
	}
	return nil
}

// Stage lays out a verified tree for a run in its folder, DIR/runs/N, making it where it is not
// there and removing what an earlier, cut Stage left; owner is who will write. With Overlay, stored
// files are only linked, and a tree close to one used before costs little more than its difference.
// Kinds: exhausted for a full disk; invalid for Overlay without root or in a folder whose
// path cannot be a mount option.
func (f *Files) Stage(ctx context.Context, folder string, root petri.Digest, how StageMode, owner Owner) (Workspace, error) {
	if root == "" {
		root = tree.Empty
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return Workspace{}, fmt.Errorf("find the run's folder: %w", err)
	}
	if err := clearWorkspace(folder); err != nil {
		return Workspace{}, err
	}
	if os.Geteuid() != 0 {
		owner = Owner{-1, -1}
	}
	var ws Workspace
	if how == Overlay {
		ws, err = f.stageOverlay(ctx, folder, root, owner)
	} else {
		ws, err = f.stageCopy(ctx, folder, root, owner)
	}
	if err != nil {
		return Workspace{}, fmt.Errorf("stage tree %s: %w", root.Short(), disk.Explain(err))
	}
	return ws, nil
}

func clearWorkspace(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the run's folder: %w", disk.Explain(err))
	}
	for _, name := range []string{workspaceFile, "upper", "overlay-work", "copy"} {
		if err := removeAll(filepath.Join(folder, name)); err != nil {
			return fmt.Errorf("clear the run's folder: %w", err)
		}
	}
	return nil
}

func (f *Files) stageOverlay(ctx context.Context, folder string, root petri.Digest, owner Owner) (Workspace, error) {
	if os.Geteuid() != 0 {
		return Workspace{}, petri.Errorf(petri.Invalid, "overlays need root; stage a copy instead")
	}
	if strings.ContainsAny(folder+f.dir, ",:\\") {
		return Workspace{}, petri.Errorf(petri.Invalid, "the data folder %s cannot be mounted from: its path holds a comma, a colon or a backslash; move it", filepath.Dir(f.dir))
	}
	ws := Workspace{Mode: Overlay, Base: root, Upper: filepath.Join(folder, "upper"), Work: filepath.Join(folder, "overlay-work")}
	for _, dir := range []string{ws.Upper, ws.Work} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return ws, err
		}
	}
	if owner.UID >= 0 {
		if err := os.Chown(ws.Upper, owner.UID, owner.GID); err != nil {
			return ws, err
		}
	}
	lower, release, err := f.layers.use(ctx, f.source, root)
	if err != nil {
		return ws, err
	}
	defer release() // by then the workspace names them
	ws.Lower = lower
	return ws, ws.save(folder)
}

func (f *Files) stageCopy(ctx context.Context, folder string, root petri.Digest, owner Owner) (Workspace, error) {
	ws := Workspace{Mode: Copy, Base: root, Copy: filepath.Join(folder, "copy")}
	lay := &layout{source: f.source, blobs: f.blobs, copy: true, owner: owner}
	if err := lay.mkdir(ws.Copy); err != nil {
		return ws, err
	}
	if err := lay.tree(ctx, root, ws.Copy); err != nil {
		return ws, err
	}
	var err error
	if ws.StagedAt, err = changeTime(folder); err != nil {
		return ws, err
	}
	return ws, ws.save(folder)
}

// Discard removes a run's folder with all in it. One that is not there is no error. Nothing
// may be mounted from it any more.
func (f *Files) Discard(ctx context.Context, folder string) error {
	if err := removeAll(folder); err != nil {
		return fmt.Errorf("remove the run's folder: %w", err)
	}
	return ctx.Err()
}

// removeAll is os.RemoveAll that also gets into folders which a run closed to itself.
func removeAll(path string) error {
	err := os.RemoveAll(path)
	if err == nil || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	_ = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			return os.Chmod(path, 0o700) // before what is in it is read
		}
		return err
	})
	return os.RemoveAll(path)
}
