package tree

import (
	"encoding/binary"
	"io"

	"github.com/petri-dev/petri"
)

// A pack carries blobs between client and server, one after another: length (8 bytes,
// big-endian), the digest's 32 bytes, the blob.

// PackHeader is the length of what stands before each blob of a pack.
const PackHeader = 40

// MaxPackBlob is the longest blob that a pack carries; longer ones travel alone, resumably.
const MaxPackBlob = 64 << 20

// PutPackHeader writes the header of a blob into header, which has PackHeader bytes. d is a
// whole digest.
func PutPackHeader(header []byte, d petri.Digest, length int64) {
	binary.BigEndian.PutUint64(header, uint64(length))
	copy(header[8:PackHeader], d.Sum())
}

// ReadPackHeader reads the header of the next blob. At the end of the pack it returns io.EOF,
// within a header io.ErrUnexpectedEOF; a length beyond most is kind invalid.
func ReadPackHeader(r io.Reader, most int64) (petri.Digest, int64, error) {
	var header [PackHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return "", 0, err
	}
	length := binary.BigEndian.Uint64(header[:])
	if length > uint64(most) {
		return "", 0, petri.Errorf(petri.Invalid, "a pack holds a blob of %d bytes; the most is %d", length, most)
	}
	return petri.DigestSum(header[8:]), int64(length), nil
}
