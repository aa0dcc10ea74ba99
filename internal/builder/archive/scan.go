package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"github.com/petri-dev/petri"
)

// Documents inside an archive (manifests, configurations) are far smaller than this.
const maxDocument = 4 << 20

// maxDocuments bounds all documents of a file together, which are kept in memory, and maxPlain
// what a file may unfold to, since small ones can be made that would fill any disk.
const (
	maxDocuments = 64 << 20
	maxPlain     = 256 << 30
)

// maxEntries bounds what one file may make the server remember.
const maxEntries = 5_000_000

// contents is what one reading of a file found.
type contents struct {
	documents map[string][]byte // small entries that look like JSON, by path
	entries   map[string]entry
	links     map[string]string // entries that stand for another
	isRoot    bool
	kept      int64        // bytes of all documents
	plain     int64        // bytes of all entries, uncompressed
	digest    petri.Digest // of the uncompressed file
	size      int64
}

// entry is one regular file of an archive of layers.
type entry struct {
	digest petri.Digest // of its bytes as they are
	diffID petri.Digest // of its bytes uncompressed; "" where they cannot be
	size   int64        // uncompressed
}

func (c *contents) form() Form {
	switch {
	case c.documents["manifest.json"] != nil:
		return Docker
	case c.documents["oci-layout"] != nil && c.documents["index.json"] != nil:
		return OCI
	case c.isRoot:
		return RootFS
	}
	return unknown
}

// scan reads a file to its very end. Kind: invalid where it is empty, cut or no tar.
func scan(ctx context.Context, file, name string) (*contents, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, petri.Wrap(petri.NotFound, err, "the file %s is not there", name)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		return nil, petri.Errorf(petri.Invalid, "%s cannot be a base: it is empty (0 bytes)", name)
	}
	c, err := readContents(ctx, f)
	var known *petri.Error
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &known):
		return nil, petri.Wrap(known.Kind, err, "%s cannot be a base: %s", name, known.Message)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, petri.Wrap(petri.Invalid, err, "%s cannot be a base: it ends too early; it was cut off on its way, copy it again", name)
	case errors.Is(err, tar.ErrHeader):
		return nil, petri.Wrap(petri.Invalid, err, "%s cannot be a base: it is not a tar file (plain, or compressed with gzip, xz, zstd or bzip2), or it is damaged", name)
	default:
		return nil, petri.Wrap(petri.Invalid, err, "%s cannot be a base: it is damaged (%v)", name, err)
	}
}

func readContents(ctx context.Context, f io.Reader) (*contents, error) {
	plain, err := decompress(f)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	sum := sha256.New()
	watched := &tailReader{r: io.TeeReader(io.LimitReader(contextReader{ctx, plain}, maxPlain), sum)}
	c := &contents{documents: map[string][]byte{}, entries: map[string]entry{}, links: map[string]string{}}
	err = c.readTar(watched)
	if err == nil {
		// Padding after the end belongs to the file, and a checksum may follow it.
		_, err = io.Copy(io.Discard, watched)
	}
	if watched.n >= maxPlain {
		return nil, tooLarge()
	}
	if err != nil {
		return nil, err
	}
	if !watched.endsInZeros() {
		return nil, io.ErrUnexpectedEOF
	}
	c.digest, c.size = petri.DigestHash(sum), watched.n
	return c, nil
}

func (c *contents) readTar(r io.Reader) error {
	archive := tar.NewReader(r)
	for n := 0; ; n++ {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case n == maxEntries:
			return petri.Errorf(petri.Invalid, "it has more than %d entries", maxEntries)
		}
		name := strings.TrimPrefix(path.Clean("/"+header.Name), "/")
		if isShell(name) {
			c.isRoot = true
		}
		if c.isRoot {
			continue // whatever else is in a root file system is its own affair
		}
		switch header.Typeflag {
		case tar.TypeReg:
			err = c.readEntry(name, header.Size, archive)
		case tar.TypeSymlink, tar.TypeLink:
			c.links[name] = linkTarget(name, header)
		}
		if err != nil {
			return err
		}
	}
}

// isShell tells a root file system by what every one of them has, and no archive of layers.
func isShell(name string) bool {
	switch name {
	case "bin", "bin/sh", "usr/bin/sh", "bin/busybox", "etc/passwd", "usr/lib/os-release", "etc/os-release", "nix/store":
		return true
	}
	return false
}

func linkTarget(name string, header *tar.Header) string {
	if header.Typeflag == tar.TypeLink {
		return strings.TrimPrefix(path.Clean("/"+header.Linkname), "/")
	}
	return strings.TrimPrefix(path.Join("/", path.Dir(name), header.Linkname), "/")
}

// readEntry hashes one file, both as it is and uncompressed, and keeps it if it is a document.
func (c *contents) readEntry(name string, size int64, r io.Reader) error {
	raw := sha256.New()
	buffered := bufio.NewReaderSize(io.TeeReader(r, raw), 64<<10)
	if size <= maxDocument && c.kept+size <= maxDocuments {
		if first, _ := buffered.Peek(1); bytes.Equal(first, []byte("{")) || bytes.Equal(first, []byte("[")) {
			content, err := io.ReadAll(buffered)
			if err != nil {
				return err
			}
			c.kept += size
			digest := petri.DigestBytes(content)
			c.documents[name] = content
			c.entries[name] = entry{digest, digest, size}
			return nil
		}
	}
	diffID, n, plainErr := hashPlain(buffered, maxPlain-c.plain)
	if c.plain += n; c.plain >= maxPlain {
		return tooLarge()
	}
	if _, err := io.Copy(io.Discard, buffered); err != nil {
		return err
	}
	if plainErr != nil {
		diffID = "" // if it is a layer, it is a damaged one
	}
	c.entries[name] = entry{petri.DigestHash(raw), diffID, n}
	return nil
}

func tooLarge() error {
	return petri.Errorf(petri.Invalid, "it unfolds to more than %s", petri.FormatBytes(maxPlain))
}

func hashPlain(r io.Reader, most int64) (petri.Digest, int64, error) {
	plain, err := decompress(r)
	if err != nil {
		return "", 0, err
	}
	defer plain.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(plain, most))
	return petri.DigestHash(sum), n, err
}

// resolve follows links to the entry that holds the bytes.
func (c *contents) resolve(name string) (string, entry, bool) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	for range 8 {
		if e, ok := c.entries[name]; ok {
			return name, e, true
		}
		target, ok := c.links[name]
		if !ok {
			break
		}
		name = target
	}
	return "", entry{}, false
}
