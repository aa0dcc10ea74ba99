package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/petri-dev/petri"
)

// Missing tells which of these blobs the server has not got.
func (c *Client) Missing(ctx context.Context, digests []petri.Digest) ([]petri.Digest, error) {
	out, err := post[Digests](ctx, c, "/blobs/missing", digestList(digests))
	if err != nil {
		return nil, err
	}
	missing := make([]petri.Digest, len(out.Digests))
	for i, d := range out.Digests {
		missing[i] = petri.Digest(d)
	}
	return missing, nil
}

func digestList(digests []petri.Digest) Digests {
	list := Digests{Digests: make([]string, len(digests))}
	for i, d := range digests {
		list.Digests[i] = string(d)
	}
	return list
}

// SendPack sends blobs: for each, its length (8 bytes, big-endian), its digest (32 bytes)
// and its bytes, all of it compressed with zstd where compressed is set.
func (c *Client) SendPack(ctx context.Context, pack io.Reader, compressed bool) error {
	header := http.Header{"Content-Type": {TypePack}, "Expect": {"100-continue"}}
	if compressed {
		header.Set("Content-Encoding", "zstd")
	}
	return c.call(ctx, request{method: http.MethodPost, path: "/blobs/pack", header: header, body: pack, length: lengthOf(pack)}, nil)
}

func lengthOf(r io.Reader) int64 {
	if sized, ok := r.(interface{ Len() int }); ok {
		return int64(sized.Len())
	}
	return -1
}

// FetchPack gets the wanted blobs among those a commit reaches, all of them when want is
// empty, in SendPack's form. The caller closes it.
func (c *Client) FetchPack(ctx context.Context, ref petri.ProjectRef, commit string, want []petri.Digest) (io.ReadCloser, error) {
	resp, err := c.send(ctx, request{method: http.MethodPost, path: commitPath(ref, commit) + "/pack", json: digestList(want)})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// uploadPiece is how much of a blob one request carries at most.
const uploadPiece = 256 << 20

// UploadBlob sends one large blob. What the server has of it already, from a try that was
// cut or from anybody, is not sent again; after a cut it goes on where the server says.
// progress, unless nil, is told how many bytes the server has, so far as is known.
func (c *Client) UploadBlob(ctx context.Context, digest petri.Digest, r io.ReadSeeker, size int64, progress func(int64)) error {
	if progress == nil {
		progress = func(int64) {}
	}
	retry := newRetry(c.patience)
	for {
		offset, done, err := c.uploadOffset(ctx, digest)
		if err == nil && done {
			progress(size)
			return nil
		}
		if err == nil {
			retry.progressed(offset)
			done, err = c.uploadPieces(ctx, digest, r, offset, size, progress)
		}
		switch {
		case err == nil && done:
			return nil
		case err != nil && !temporary(err):
			return err
		case !retry.wait(ctx):
			if err == nil {
				err = petri.Errorf(petri.Internal, "the server does not complete the upload of %s", digest)
			}
			return err
		}
	}
}

// uploadOffset asks how much of a blob the server has.
func (c *Client) uploadOffset(ctx context.Context, digest petri.Digest) (offset int64, done bool, err error) {
	resp, err := c.send(ctx, request{method: http.MethodHead, path: "/blobs/" + string(digest)})
	if err != nil {
		if petri.KindOf(err) == petri.NotFound {
			return 0, false, nil
		}
		return 0, false, err
	}
	defer resp.Body.Close()
	return readOffset(resp)
}

func readOffset(resp *http.Response) (offset int64, done bool, err error) {
	offset, err = strconv.ParseInt(resp.Header.Get(HeaderUploadOffset), 10, 64)
	if err != nil || offset < 0 {
		return 0, false, petri.Errorf(petri.Internal, "the server does not say how much of the upload it has")
	}
	return offset, resp.Header.Get(HeaderUploadLength) == strconv.FormatInt(offset, 10), nil
}

func (c *Client) uploadPieces(ctx context.Context, digest petri.Digest, r io.ReadSeeker, offset, size int64, progress func(int64)) (bool, error) {
	for {
		if offset > size {
			return false, petri.Errorf(petri.Conflict, "the server has %d bytes of %s, which has only %d", offset, digest, size)
		}
		progress(offset)
		if _, err := r.Seek(offset, io.SeekStart); err != nil {
			return false, fmt.Errorf("seek in what is uploaded: %w", err)
		}
		length := min(size-offset, uploadPiece)
		source := &source{r: io.LimitReader(r, length), at: offset, progress: progress}
		var body io.Reader = source
		if length == 0 {
			body = http.NoBody
		}
		resp, err := c.send(ctx, request{
			method: http.MethodPut, path: "/blobs/" + string(digest), body: body, length: length,
			header: http.Header{
				HeaderUploadOffset: {strconv.FormatInt(offset, 10)},
				HeaderUploadLength: {strconv.FormatInt(size, 10)},
				"Content-Type":     {"application/octet-stream"},
				"Expect":           {"100-continue"},
			},
		})
		if source.err != nil {
			return false, petri.Wrap(petri.Invalid, source.err, "what is uploaded cannot be read (%v)", source.err)
		}
		if err != nil {
			return false, err
		}
		next, done, err := readOffset(resp)
		resp.Body.Close()
		if err != nil || done {
			return done, err
		}
		if next <= offset {
			return false, nil
		}
		offset = next
	}
}

// source counts what is read of an upload and keeps the reader's own error apart from the
// network's.
type source struct {
	r        io.Reader
	at       int64
	progress func(int64)
	err      error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.at += int64(n)
	if n > 0 {
		s.progress(s.at)
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// temporary tells whether trying again may help.
func temporary(err error) bool {
	switch petri.KindOf(err) {
	case petri.Unavailable, petri.Conflict:
		return true
	}
	return false
}

// retry spaces tries until patience is used up without progress.
type retry struct {
	patience time.Duration
	since    time.Time
	pause    time.Duration
	best     int64
}

func newRetry(patience time.Duration) *retry { return &retry{patience: patience, best: -1} }

// progressed notes that position was reached; getting further restores the patience.
func (r *retry) progressed(position int64) {
	if position > r.best {
		r.best, r.since, r.pause = position, time.Time{}, 0
	}
}

// wait pauses before the next try; false when there should be none.
func (r *retry) wait(ctx context.Context) bool {
	now := time.Now()
	if r.since.IsZero() {
		r.since = now
	}
	if r.patience <= 0 || now.Sub(r.since) >= r.patience {
		return false
	}
	r.pause = min(max(2*r.pause, 50*time.Millisecond), 2*time.Second)
	select {
	case <-ctx.Done():
		return false
	case <-time.After(r.pause):
		return true
	}
}
