package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// dataFolder is the folder that everything the server keeps is below; docs/data-folder.md
// describes it. Holding it keeps every other server out.
type dataFolder struct {
	path string
	lock *os.File
}

// openDataFolder makes the folder where there is none and locks it. Kind conflict when
// another server holds it.
func openDataFolder(path string) (*dataFolder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	for _, sub := range []string{"", "blobs", "trees", "runs", "builds", "tmp"} {
		if err := os.MkdirAll(filepath.Join(path, sub), 0o700); err != nil {
			return nil, petri.Wrap(petri.Invalid, err, "cannot make the data folder %s (%v); choose another with --data", path, errors.Unwrap(err))
		}
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, petri.Wrap(petri.Invalid, err, "cannot write into the data folder %s (%v)", path, errors.Unwrap(err))
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer lock.Close()
		holder, _ := os.ReadFile(lock.Name())
		return nil, petri.Wrap(petri.Conflict, err, "another Petri server (process %s) uses the data folder %s; stop it first, or give this one another folder with --data", strings.TrimSpace(string(holder)), path)
	}
	if err := errors.Join(lock.Truncate(0), writeAll(lock, fmt.Sprintln(os.Getpid()))); err != nil {
		return nil, fmt.Errorf("write the lock: %w", err)
	}
	return &dataFolder{path: path, lock: lock}, nil
}

func writeAll(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// Close lets another server have the folder.
func (d *dataFolder) Close() error { return d.lock.Close() }

// in is a path below the folder.
func (d *dataFolder) in(name string) string { return filepath.Join(d.path, name) }

// used tells whether anything was ever kept in the folder.
func (d *dataFolder) used() bool {
	blobs, err := filepath.Glob(d.in("blobs/sha256/*/*"))
	return err != nil || len(blobs) > 0
}

// announce leaves where the server listens, for clients of the same account.
func (d *dataFolder) announce(url string) error {
	text, err := json.Marshal(map[string]any{"url": url, "pid": os.Getpid()})
	if err != nil {
		return err
	}
	return writeSecret(d.in("server.json"), append(text, '\n'))
}

// withdraw takes the announcement back.
func (d *dataFolder) withdraw() { _ = os.Remove(d.in("server.json")) }

// writeSecret replaces a file that only its owner may read.
func writeSecret(path string, content []byte) error {
	partial := path + ".new"
	_ = os.Remove(partial)
	if err := os.WriteFile(partial, content, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return os.Rename(partial, path)
}
