package compare

import (
	"context"
	"io"
	"sync"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
)

// opened opens a blob as content that can be read at any place. The function closes it.
func opened(ctx context.Context, open Open, path string, c content) (kind.Content, func(), error) {
	r, err := open(ctx, c.digest)
	if err != nil {
		return kind.Content{}, nil, err
	}
	if at, ok := r.(io.ReaderAt); ok {
		return kind.Content{Path: path, Size: c.bytes, ReaderAt: at}, func() { _ = r.Close() }, nil
	}
	again := func() (io.ReadCloser, error) { return open(ctx, c.digest) }
	at := &sought{again: again, r: r}
	return kind.Content{Path: path, Size: c.bytes, ReaderAt: at}, at.close, nil
}

// sought reads at any place what can only be read in order, or sought: one read at a time.
type sought struct {
	again func() (io.ReadCloser, error)

	mu sync.Mutex
	r  io.ReadCloser
	at int64
}

func (s *sought) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.seek(off); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.r, p)
	s.at += int64(n)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

// seek moves to off: by seeking, or else by reading what lies before it.
func (s *sought) seek(off int64) error {
	if s.at == off {
		return nil
	}
	if seeker, ok := s.r.(io.Seeker); ok {
		at, err := seeker.Seek(off, io.SeekStart)
		s.at = at
		return err
	}
	if off < s.at {
		_ = s.r.Close()
		r, err := s.again()
		if err != nil {
			return err
		}
		s.r, s.at = r, 0
	}
	n, err := io.CopyN(io.Discard, s.r, off-s.at)
	s.at += n
	return err
}

func (s *sought) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.r.Close()
}

// allowance bounds what one comparison says at length.
type allowance struct {
	hunks          int // bytes
	cells, columns int
}

func newAllowance() *allowance { return &allowance{hunks: 1 << 20, cells: 4_000, columns: 4_000} }

// cut leaves out of f what is beyond the allowance.
func (a *allowance) cut(f *petri.FileComparison) {
	f.Hunks = a.text(f.Hunks)
	f.Cells = f.Cells[:min(len(f.Cells), a.cells)]
	a.cells -= len(f.Cells)
	f.Columns = f.Columns[:min(len(f.Columns), a.columns)]
	a.columns -= len(f.Columns)
}

// text is hunks, or nothing once the allowance is used up.
func (a *allowance) text(hunks string) string {
	if len(hunks) > a.hunks {
		a.hunks = 0
		return ""
	}
	a.hunks -= len(hunks)
	return hunks
}
