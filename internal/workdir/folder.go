package workdir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// The names that Petri has in a project's folder.
const (
	ProjectFile = "petri.toml"
	OwnFolder   = ".petri"
)

// Folder is a project's folder. Its methods may not be called concurrently.
type Folder struct {
	Root string // absolute
}

// Find gives the project's folder that dir is in: the nearest at or above it that has a
// petri.toml. Kind: not_found.
func Find(dir string) (Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Folder{}, fmt.Errorf("find the project's folder: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		if info, err := os.Stat(filepath.Join(at, ProjectFile)); err == nil && info.Mode().IsRegular() {
			return Folder{Root: at}, nil
		}
		if at == filepath.Dir(at) {
			return Folder{}, petri.Errorf(petri.NotFound, "%s is not in a project's folder: there is no %s here or above. Make one with: petri init --project NAME", dir, ProjectFile)
		}
	}
}

// State is what a folder was last equal to, or is based on.
type State struct {
	Server  string         `json:"server"`
	Project string         `json:"project"`
	Commit  petri.CommitID `json:"commit"`
	Tree    petri.Digest   `json:"tree"`
}

// For is the state as far as it is about that project on that server; another's is of no use.
func (s State) For(server, project string) State {
	if s.Server != server || s.Project != project {
		return State{Server: server, Project: project}
	}
	return s
}

func (f Folder) own(name string) string { return filepath.Join(f.Root, OwnFolder, name) }

// State reads the folder's state; the zero State for a folder never pushed or pulled.
func (f Folder) State() (State, error) {
	var s State
	b, err := os.ReadFile(f.own("state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the folder's state: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, petri.Wrap(petri.Invalid, err, "%s is damaged; delete it, and petri pull or push anew", f.own("state.json"))
	}
	return s, nil
}

// SetState keeps the folder's state.
func (f Folder) SetState(s State) error {
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keep the folder's state: %w", err)
	}
	if err := f.makeOwn(); err != nil {
		return err
	}
	return replaceFile(f.own("state.json"), append(b, '\n'))
}

// makeOwn makes the folder .petri, which keeps itself out of git.
func (f Folder) makeOwn() error {
	if err := os.Mkdir(f.own(""), 0o755); errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("make %s: %w", f.own(""), err)
	}
	return os.WriteFile(f.own(".gitignore"), []byte("*\n"), 0o644)
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, b []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(b)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}

// Lock keeps other petri processes from sending or writing this folder until unlock is
// called. It waits for one that does so now, and calls waiting, once, where that takes long.
// Kind: canceled where ctx ends first.
func (f Folder) Lock(ctx context.Context, waiting func()) (unlock func(), err error) {
	if err := f.makeOwn(); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(f.own("lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the folder: %w", err)
	}
	began := time.Now()
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			_ = file.Close()
			return nil, fmt.Errorf("lock the folder: %w", err)
		}
		if waiting != nil && time.Since(began) > lockPatience {
			waiting()
			waiting = nil
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			_ = file.Close()
			return nil, petri.Wrap(petri.Canceled, context.Cause(ctx), "interrupted while another petri was at work in %s", f.Root)
		}
	}
}

// lockPause is how long a folder's lock is let alone between two tries, lockPatience how long
// waiting for it is nothing to speak of.
const (
	lockPause    = 10 * time.Millisecond
	lockPatience = 2 * time.Second
)
