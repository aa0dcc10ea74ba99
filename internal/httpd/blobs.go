package httpd

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

func digests(in api.Digests) ([]petri.Digest, error) {
	out := make([]petri.Digest, len(in.Digests))
	for i, written := range in.Digests {
		d, err := petri.ParseDigest(written)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

type missingInput struct{ Body api.Digests }

func (s *server) missingBlobs(ctx context.Context, _ access.Caller, in *missingInput) (api.Digests, error) {
	asked, err := digests(in.Body)
	if err != nil {
		return api.Digests{}, err
	}
	missing, err := s.Files.Missing(ctx, asked)
	return api.Digests{Digests: texts(missing)}, err
}

func (s *server) receivePack(w http.ResponseWriter, r *http.Request, _ access.Caller) error {
	body := &counted{r: r.Body}
	defer func() { s.metrics.received.Add(float64(body.n)) }()
	pack, release, err := unpacked(body, r.Header.Get("Content-Encoding"))
	if err != nil {
		return err
	}
	defer release()
	if err := s.Files.ReceivePack(r.Context(), pack); err != nil {
		return body.orCut(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// What a compressed pack may cost us: the memory of one decoder, and how many times its own
// size it may unfold to. Zeros compress 30,000 times; nobody needs that of sources.
const (
	maxWindow  = 8 << 20
	maxRatio   = 2_000
	ratioAfter = 64 << 20
)

// unpacked reads a body in its encoding.
func unpacked(body *counted, encoding string) (r io.Reader, release func(), err error) {
	switch strings.ToLower(encoding) {
	case "", "identity":
		return body, func() {}, nil
	case "zstd":
		decoder, err := zstd.NewReader(body, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(4*maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, nil, err
		}
		return &unfolding{r: decoder, from: body}, decoder.Close, nil
	}
	return nil, nil, petri.Errorf(petri.Invalid, "%.40q is no encoding that this server reads; send packs as they are, or with zstd", encoding)
}

// unfolding stops a small body that unfolds to something huge.
type unfolding struct {
	r    io.Reader
	from *counted
	n    int64
}

func (u *unfolding) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.n += int64(n)
	switch {
	case u.n > ratioAfter && u.n/max(u.from.n, 1) > maxRatio:
		return n, petri.Errorf(petri.Invalid, "the pack unfolds to more than %d times its size; send it without compression", maxRatio)
	case err == nil || err == io.EOF || u.from.err != nil:
		return n, err
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return n, petri.Wrap(petri.Invalid, err, "the pack needs more than %d MiB of memory to unfold; compress it with a smaller window", maxWindow>>20)
	}
	return n, petri.Wrap(petri.Invalid, err, "the pack is not what zstd makes: it was damaged on its way")
}

func (s *server) uploadOffset(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	digest, err := petri.ParseDigest(r.PathValue("digest"))
	if err != nil {
		return err
	}
	offset, done, err := s.Files.UploadOffset(r.Context(), c.User.ID, digest)
	if err != nil {
		return err
	}
	answerOffset(w, offset, done)
	return nil
}

func answerOffset(w http.ResponseWriter, offset int64, done bool) {
	written := strconv.FormatInt(offset, 10)
	w.Header().Set(api.HeaderUploadOffset, written)
	if done {
		w.Header().Set(api.HeaderUploadLength, written)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) uploadBlob(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	digest, err := petri.ParseDigest(r.PathValue("digest"))
	if err != nil {
		return err
	}
	offset, err := sizeHeader(r, api.HeaderUploadOffset)
	if err != nil {
		return err
	}
	total, err := sizeHeader(r, api.HeaderUploadLength)
	if err != nil {
		return err
	}
	body := &counted{r: r.Body}
	defer func() { s.metrics.received.Add(float64(body.n)) }()
	have, done, err := s.Files.Upload(r.Context(), c.User.ID, digest, offset, total, body)
	if err != nil {
		return body.orCut(err)
	}
	answerOffset(w, have, done)
	return nil
}

func sizeHeader(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.Header.Get(name), 10, 64)
	if err != nil || n < 0 {
		return 0, petri.Errorf(petri.Invalid, "the request is malformed: its header %s must be a number of bytes", name)
	}
	return n, nil
}

// counted counts what it reads and remembers how reading ended.
type counted struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// orCut is err, unless it came of the sender's going away.
func (c *counted) orCut(err error) error {
	if c.err != nil {
		return petri.Wrap(petri.Canceled, err, "the upload was cut on its way")
	}
	return err
}
