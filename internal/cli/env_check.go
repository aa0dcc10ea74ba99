package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// check asks the server, where there is something to upload, whether the revision could be
// made, before it is.
func (d definition) check(ask func(api.NewRevision) error) error {
	if d.baseFile == "" && len(d.attach) == 0 {
		return nil
	}
	in := d.revision
	in.DryRun = true
	if d.baseFile != "" {
		in.Base = &api.Base{Kind: string(petri.BaseFile), Ref: filepath.Base(d.baseFile)}
	}
	var err error
	if in.Attached, err = workdir.AttachedNames(d.attach); err != nil {
		return err
	}
	return ask(in)
}

// checkInstructions refuses text that could not be sent as it is.
func checkInstructions(path, text string) error {
	if utf8.ValidString(text) {
		return nil
	}
	for i, line := range strings.Split(text, "\n") {
		if !utf8.ValidString(line) {
			at := strings.IndexFunc(strings.ToValidUTF8(line, "\x00"), func(r rune) bool { return r == 0 })
			column := utf8.RuneCountInString(strings.ToValidUTF8(line, "\x00")[:at]) + 1
			return petri.Errorf(petri.Invalid, "the instructions %s cannot be built: line %d, column %d: they hold a byte that is not text (UTF-8)", path, i+1, column)
		}
	}
	return nil
}

// packed are the beginnings of files that unpack to something: gzip, xz, zstd, bzip2.
func packed() [][]byte {
	return [][]byte{{0x1f, 0x8b}, {0xfd, '7', 'z', 'X', 'Z', 0}, {0x28, 0xb5, 0x2f, 0xfd}, []byte("BZh")}
}

// checkTar refuses, by its first block, what is neither a tar nor a compressed one, so that it
// is not sent for nothing. What passes may still be damaged; the server reads it to the end.
func checkTar(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return petri.Wrap(petri.Invalid, err, "the file %s cannot be read: %v", workdir.Quote(path), err)
	}
	defer file.Close()
	block := make([]byte, 512)
	n, err := io.ReadFull(file, block)
	block = block[:n]
	if slices.ContainsFunc(packed(), func(magic []byte) bool { return bytes.HasPrefix(block, magic) }) {
		return nil
	}
	if err == nil && tarHeader(block) {
		return nil
	}
	return petri.Errorf(petri.Invalid, "%s is not a tar file, plain or compressed with gzip, xz, zstd or bzip2; give the tar of a root file system or of an image, as docker export or docker save write it", workdir.Quote(path))
}

// tarHeader tells a tar's first block by its checksum: all bytes' sum, those of the checksum
// itself taken for spaces. A tar of nothing is zeros.
func tarHeader(block []byte) bool {
	written, err := strconv.ParseInt(strings.Trim(string(block[148:156]), " \x00"), 8, 64)
	if err != nil {
		return len(bytes.Trim(block, "\x00")) == 0
	}
	sum := int64(0)
	for i, b := range block {
		if i >= 148 && i < 156 {
			b = ' '
		}
		sum += int64(b)
	}
	return sum == written
}
