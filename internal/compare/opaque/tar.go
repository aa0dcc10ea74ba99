package opaque

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// What is kept of a tar's list of members at most.
const (
	maxMembers     = 200_000
	maxMemberNames = 32 << 20
)

// Tar compares two tar files, packed or not, member by member. Two whose members hold the same
// are Same and Volatile, whoever packed them, when and in which order.
func Tar(ctx context.Context, a, b kind.Content, _ petri.FileRules) (petri.FileComparison, error) {
	left, err := tarMembers(ctx, a)
	if err != nil {
		return petri.FileComparison{}, err
	}
	right, err := tarMembers(ctx, b)
	if err != nil {
		return petri.FileComparison{}, err
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(left)), maps.Keys(right))
	slices.Sort(names)
	names = slices.Compact(names)
	found := members{all: int64(len(names))}
	for _, name := range names {
		x, inA := left[name]
		y, inB := right[name]
		switch {
		case !inB:
			found.onlyA = append(found.onlyA, name)
		case !inA:
			found.onlyB = append(found.onlyB, name)
		case x != y:
			found.changed = append(found.changed, name)
		}
	}
	return found.tell("times, owners, or how it was packed, differ"), nil
}

// tarMembers gives, by name, a digest of what each member of a tar is.
func tarMembers(ctx context.Context, c kind.Content) (map[string][sha256.Size]byte, error) {
	source, err := tarSource(ctx, c)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	sums := map[string][sha256.Size]byte{}
	r, kept := tar.NewReader(source), 0
	for {
		h, err := r.Next()
		if err == io.EOF && len(sums) > 0 {
			return sums, nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return nil, other(ctx, "tar", err)
		}
		if kept += len(h.Name); kept > maxMemberNames || len(sums) == maxMembers {
			return nil, fmt.Errorf("its list of members is too long: %w", kind.ErrOther)
		}
		hash := sha256.New()
		_, _ = fmt.Fprintf(hash, "%c %q %o\n", h.Typeflag, h.Linkname, h.Mode&0o111)
		if _, err := io.Copy(hash, r); err != nil {
			return nil, other(ctx, "tar", err)
		}
		sums[h.Name] = [sha256.Size]byte(hash.Sum(nil)) // of a name given twice, the last one holds
	}
}

// tarSource reads a tar, unpacked where it is packed.
func tarSource(ctx context.Context, c kind.Content) (io.ReadCloser, error) {
	source, err := unpacked(ctx, c, maxUnpacked)
	if !errors.Is(err, kind.ErrOther) {
		return source, err
	}
	if !IsTar(c) {
		return nil, fmt.Errorf("it is no tar: %w", kind.ErrOther)
	}
	left := int64(maxUnpacked)
	return io.NopCloser(bounded{ctx, bufio.NewReaderSize(c.Reader(), chunk), &left, maxUnpacked}), nil
}

// IsTar tells whether content begins as a tar of today does.
func IsTar(c kind.Content) bool {
	magic := make([]byte, 5)
	n, _ := c.ReadAt(magic, 257)
	return n == 5 && string(magic) == "ustar"
}
