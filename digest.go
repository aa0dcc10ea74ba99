package petri

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
)

// Digest names content by its SHA-256, written "sha256:" and 64 lower-case hexadecimal
// digits, as in OCI's descriptor. The empty Digest means "none".
type Digest string

const digestPrefix = "sha256:"

// ParseDigest checks that s is a whole digest. Kind: invalid.
func ParseDigest(s string) (Digest, error) {
	hexPart, ok := strings.CutPrefix(s, digestPrefix)
	if !ok || !isHex(hexPart, sha256.Size*2) {
		return "", Errorf(Invalid, "%q is not a digest; a digest is sha256: and 64 hexadecimal digits", clip(s))
	}
	return Digest(s), nil
}

// DigestBytes is the digest of b.
func DigestBytes(b []byte) Digest {
	sum := sha256.Sum256(b)
	return DigestSum(sum[:])
}

// DigestHash is the digest of what was written to h, a SHA-256 hash.
func DigestHash(h hash.Hash) Digest { return DigestSum(h.Sum(nil)) }

// DigestSum is the digest whose 32 raw bytes are sum.
func DigestSum(sum []byte) Digest { return Digest(digestPrefix + hex.EncodeToString(sum)) }

// Hex is the 64 digits without the prefix; empty for the empty Digest.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), digestPrefix) }

// Sum is the 32 raw bytes. It returns nil for a Digest that did not come from ParseDigest
// or from a hash.
func (d Digest) Sum() []byte {
	b, err := hex.DecodeString(d.Hex())
	if err != nil || len(b) != sha256.Size {
		return nil
	}
	return b
}

// Short is the first twelve digits, for people.
func (d Digest) Short() string {
	if h := d.Hex(); len(h) > 12 {
		return h[:12]
	}
	return d.Hex()
}

func isHex(s string, length int) bool {
	if len(s) != length {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// clip keeps what a stranger sent short enough to repeat in a message.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
