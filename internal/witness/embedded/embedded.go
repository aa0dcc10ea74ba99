// Package embedded carries the witness's binary inside ours, and lays it out for containers.
//
// The worker calls it when it starts. The binary is built before anything else (make build);
// a fresh clone compiles and tests without it, and says at run time what is missing.
package embedded

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/petri-dev/petri"
)

//go:embed all:bin
var files embed.FS

const name = "bin/petri-witness"

// Binary is the witness as built for this machine. Kind internal where this petri was built
// without it.
func Binary() ([]byte, error) {
	b, err := files.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, petri.Wrap(petri.Internal, err, "this petri was built without its witness and cannot run anything in containers; build it with: make build")
	}
	return b, err
}

// Install lays the binary out in folder under its digest, unless it is there, and returns its
// path. It may be called by several processes at once. Older versions stay, for the
// containers that run them.
func Install(folder string) (string, error) {
	binary, err := Binary()
	if err != nil {
		return "", err
	}
	return install(folder, binary)
}

func install(folder string, binary []byte) (string, error) {
	path := filepath.Join(folder, "petri-witness-"+petri.DigestBytes(binary).Short())
	if there, err := os.ReadFile(path); err == nil && string(there) == string(binary) {
		return path, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", petri.Wrap(petri.Internal, err, "cannot make the folder %s for the witness", folder)
	}
	temporary, err := os.CreateTemp(folder, ".witness-")
	if err != nil {
		return "", petri.Wrap(petri.Internal, err, "cannot write the witness to %s", folder)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(binary)
	if err = errors.Join(err, temporary.Chmod(0o555), temporary.Sync(), temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return "", petri.Wrap(petri.Internal, err, "cannot write the witness to %s", folder)
	}
	return path, nil
}
