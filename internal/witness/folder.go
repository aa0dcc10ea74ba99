package witness

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// WriteSpec leaves the spec in a run's folder, for the witness to find. The worker calls it.
func WriteSpec(folder string, spec Spec) error { return WriteJSON(folder, SpecFile, spec) }

// ReadSpec reads what WriteSpec left. Kind: not_found, invalid.
func ReadSpec(folder string) (Spec, error) { return readJSON[Spec](folder, SpecFile) }

// ReadStarted reads Started. Kind not_found: the command was never begun.
func ReadStarted(folder string) (Started, error) { return readJSON[Started](folder, StartedFile) }

// ReadOutcome reads the Outcome. Kind not_found: the witness has not come to its end (yet,
// or ever, if the container ended without it).
func ReadOutcome(folder string) (Outcome, error) { return readJSON[Outcome](folder, OutcomeFile) }

// ReadImageFacts reads what inspect mode left. Kind: not_found, invalid.
func ReadImageFacts(folder string) (ImageFacts, error) {
	return readJSON[ImageFacts](folder, ImageFile)
}

// ReadPackages reads a package list, PackagesBeforeFile, PackagesAfterFile or LoadedFile. Kind: not_found,
// invalid.
func ReadPackages(folder, name string) (petri.PackageList, error) {
	text, err := readFile(folder, name)
	if err != nil {
		return nil, err
	}
	return petri.DecodePackageList(text)
}

// ReadFacts reads FactsFile. Kind: not_found, invalid.
func ReadFacts(folder string) (petri.Facts, error) {
	text, err := readFile(folder, FactsFile)
	if err != nil {
		return nil, err
	}
	return petri.DecodeFacts(text)
}

// ReadFailure is why the witness itself could not do its part; "" where it did not say so.
func ReadFailure(folder string) string {
	text, err := readFile(folder, FailureFile)
	if err != nil {
		return ""
	}
	return string(text)
}

// WriteJSON writes a file of a run's folder: to a temporary name, synced, renamed.
func WriteJSON(folder, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return WriteFile(folder, name, text)
}

// WriteFile does the same with ready bytes.
func WriteFile(folder, name string, content []byte) error {
	d, err := newDurable(folder, name, 0)
	if err != nil {
		return err
	}
	return errors.Join(d.write(content), d.publish())
}

// maxFolderFile bounds what is read back: a command that ran as root could have replaced it.
const maxFolderFile = 64 << 20

func readFile(folder, name string) ([]byte, error) {
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, petri.Wrap(petri.NotFound, err, "the run's folder has no %s", name)
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO):
		return nil, notOurs(name, err)
	case err != nil:
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFolderFile {
		return nil, notOurs(name, err)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFolderFile+1))
	if err != nil || len(text) > maxFolderFile {
		return nil, notOurs(name, err)
	}
	return text, nil
}

func notOurs(name string, err error) error {
	return petri.Wrap(petri.Invalid, err, "%s in the run's folder is not what the witness wrote", name)
}

func readJSON[T any](folder, name string) (T, error) {
	var value T
	text, err := readFile(folder, name)
	if err != nil {
		return value, err
	}
	if err := json.Unmarshal(text, &value); err != nil {
		return value, notOurs(name, err)
	}
	return value, nil
}
