package tree

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/petri-dev/petri"
)

// Kind is what an entry is.
type Kind byte

// The kinds of entry.
const (
	File       Kind = 'f'
	Executable Kind = 'x'
	Link       Kind = 'l'
	Folder     Kind = 'd'
)

// String is the word the API uses.
func (k Kind) String() string {
	switch k {
	case File:
		return "file"
	case Executable:
		return "executable"
	case Link:
		return "link"
	case Folder:
		return "folder"
	}
	return "unknown"
}

// Entry is one name in a folder.
type Entry struct {
	Name   string
	Kind   Kind
	Size   int64
	Digest petri.Digest
}

// IsFile tells whether the entry's blob is a file's content.
func (e Entry) IsFile() bool { return e.Kind == File || e.Kind == Executable }

// Source gives the bytes of a folder's blob or of a link's target. Kind: not_found.
type Source func(ctx context.Context, d petri.Digest) ([]byte, error)

// Put keeps a folder's blob and returns its digest.
type Put func(b []byte) (petri.Digest, error)

// Discard is a Put that only computes digests.
func Discard(b []byte) (petri.Digest, error) { return petri.DigestBytes(b), nil }

// The bounds of a tree.
const (
	MaxDepth    = 200       // folders on the way to an entry, itself included
	MaxEntries  = 5_000_000 // in the whole tree
	MaxPath     = 3800      // bytes of a path; Linux's own limit is 4096 with the folder it lies in
	MaxName     = 255       // bytes of a name, as in Linux
	MaxTarget   = 4095      // bytes of a link's target, as in Linux
	MaxTreeBlob = 64 << 20  // bytes of one folder's blob
	MaxBytes    = 1 << 60   // bytes of all files
)

const header = "petri-tree 1\n"

// Empty is the digest of the folder without entries.
const Empty petri.Digest = "sha256:c2c79ed736882b4a3eb6d1e84d69d6c60d191c9a33a04fddc859284ce68a505c"

// Encode gives a folder's blob. It sorts a copy of entries; names must be distinct and
// valid, which Decode checks and Encode does not.
func Encode(entries []Entry) []byte {
	if !slices.IsSortedFunc(entries, byName) {
		entries = slices.Clone(entries)
		slices.SortFunc(entries, byName)
	}
	size := len(header)
	for _, e := range entries {
		size += len(e.Name) + 90
	}
	b := append(make([]byte, 0, size), header...)
	for _, e := range entries {
		b = append(b, byte(e.Kind), ' ')
		b = strconv.AppendInt(b, e.Size, 10)
		b = append(b, ' ')
		b = append(b, e.Digest.Hex()...)
		b = append(b, ' ')
		b = append(b, e.Name...)
		b = append(b, 0)
	}
	return b
}

func byName(a, b Entry) int { return strings.Compare(a.Name, b.Name) }

// Decode reads a folder's blob. It refuses (kind invalid) all that is not canonical: bad or
// repeated or unsorted names, sizes written otherwise, totals beyond MaxBytes.
func Decode(b []byte) ([]Entry, error) {
	if len(b) > MaxTreeBlob {
		return nil, petri.Errorf(petri.Invalid, "a folder of the tree is longer than %d MiB", MaxTreeBlob>>20)
	}
	rest, ok := bytes.CutPrefix(b, []byte(header))
	if !ok {
		return nil, petri.Errorf(petri.Invalid, "not a folder: the blob does not begin with %q", header)
	}
	entries := make([]Entry, 0, bytes.Count(rest, []byte{0}))
	var total int64
	text := string(rest)
	for text != "" {
		line, after, ok := strings.Cut(text, "\x00")
		if !ok {
			return nil, petri.Errorf(petri.Invalid, "not a folder: its last entry is cut")
		}
		text = after
		e, err := decodeEntry(line)
		if err != nil {
			return nil, err
		}
		if n := len(entries); n > 0 && entries[n-1].Name >= e.Name {
			return nil, petri.Errorf(petri.Invalid, "not a folder: %q does not sort after %q", e.Name, entries[n-1].Name)
		}
		if e.Kind != Link {
			total += e.Size
		}
		if total > MaxBytes {
			return nil, petri.Errorf(petri.Invalid, "a folder claims more than %d bytes", int64(MaxBytes))
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func decodeEntry(line string) (Entry, error) {
	bad := func(why string) (Entry, error) {
		return Entry{}, petri.Errorf(petri.Invalid, "not a folder: an entry %s", why)
	}
	kind, rest, ok := strings.Cut(line, " ")
	if !ok || len(kind) != 1 || !strings.Contains("fxld", kind) {
		return bad("is of no known kind")
	}
	number, rest, ok := strings.Cut(rest, " ")
	size, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || size < 0 || size > MaxBytes || strconv.FormatInt(size, 10) != number {
		return bad("has no proper size")
	}
	hexDigits, name, ok := strings.Cut(rest, " ")
	digest, err := petri.ParseDigest("sha256:" + hexDigits)
	if !ok || err != nil {
		return bad("has no proper digest")
	}
	if err := CheckName(name); err != nil {
		return Entry{}, err
	}
	e := Entry{Name: name, Kind: Kind(kind[0]), Size: size, Digest: digest}
	if e.Kind == Link && (size == 0 || size > MaxTarget) {
		return bad("is a link whose target has no proper length")
	}
	return e, nil
}

// Bytes is the size that a folder of these entries has: the bytes of all files below.
func Bytes(entries []Entry) int64 {
	var total int64
	for _, e := range entries {
		if e.Kind != Link {
			total += e.Size
		}
	}
	return total
}
