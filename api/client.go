package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/petri-dev/petri"
)

// Version is the number of this API. A server refuses clients of another one.
const Version = 1

// The headers that the API has of its own.
const (
	HeaderVersion   = "Petri-API"
	HeaderRequestID = "Petri-Request-ID"
	// HeaderLogOffset is where in a run's log an answer begins, in bytes.
	HeaderLogOffset = "Petri-Log-Offset"
	// HeaderUploadOffset is how much of a blob the server has, or where a piece of it begins.
	HeaderUploadOffset = "Upload-Offset"
	// HeaderUploadLength is a blob's whole size.
	HeaderUploadLength = "Upload-Length"
)

// The media types that are not JSON.
const (
	TypePack   = "application/vnd.petri.pack"
	TypeLog    = "application/vnd.petri.log"
	TypeEvents = "text/event-stream"
)

// Options of a Client. The zero value is fit for use.
type Options struct {
	// HTTP replaces the client's own connections.
	HTTP *http.Client
	// UserAgent names the program.
	UserAgent string
	// Patience is how long streams and uploads wait for a server that went away to come back;
	// half a minute where zero, negative for not at all.
	Patience time.Duration
}

// Client talks to one server as one user. Its methods may be called concurrently. Errors
// are *petri.Error with the server's kind and message; when nobody answers the kind is unavailable.
// References with an empty owner mean the caller's own.
type Client struct {
	base     string
	token    string
	agent    string
	patience time.Duration
	http     *http.Client
}

// New is a client of the server at rawURL, such as http://127.0.0.1:8700.
func New(rawURL, token string, opts Options) *Client {
	c := &Client{
		base:     strings.TrimRight(rawURL, "/"),
		token:    token,
		agent:    opts.UserAgent,
		patience: opts.Patience,
		http:     opts.HTTP,
	}
	if c.patience == 0 {
		c.patience = 30 * time.Second
	}
	if c.http == nil {
		c.http = &http.Client{Transport: newTransport()}
	}
	return c
}

// newTransport keeps as many connections as a parallel upload uses, and speaks HTTP/1.1:
// one connection a stream is faster than many streams over one.
func newTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		Protocols:           protocols,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
		DisableCompression:  true,
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
		// Uploads ask before they send, so that a refusal is heard and not lost in a broken pipe.
		ExpectContinueTimeout: 2 * time.Second,
	}
}

// URL is where the server is.
func (c *Client) URL() string { return c.base }

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request is one call; path is below /api/v1 and escaped already.
type request struct {
	method string
	path   string
	query  url.Values
	header http.Header
	// json is sent as the body; or body is, of length bytes where that is known (else -1).
	json   any
	body   io.Reader
	length int64
}

// send makes the call and gives the answer, whose body the caller closes. An answer that
// is not a success comes back as an error.
func (c *Client) send(ctx context.Context, q request) (*http.Response, error) {
	body, length := q.body, q.length
	if q.json != nil {
		encoded, err := json.Marshal(q.json)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		body, length = bytes.NewReader(encoded), int64(len(encoded))
	}
	target := c.base + "/api/v1" + q.path
	if len(q.query) > 0 {
		target += "?" + q.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, q.method, target, body)
	if err != nil {
		return nil, petri.Wrap(petri.Invalid, err, "%q is not the address of a server: write it as http://HOST:PORT", c.base)
	}
	if body != nil {
		req.ContentLength = length
	}
	for name, values := range q.header {
		req.Header[name] = values
	}
	if q.json != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set(HeaderVersion, strconv.Itoa(Version))
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.agent != "" {
		req.Header.Set("User-Agent", c.agent)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreached(ctx, err)
	}
	if resp.StatusCode >= 400 {
		defer resp.Body.Close()
		return nil, c.decodeError(resp)
	}
	return resp, nil
}

// call makes the call and decodes the JSON answer into out, unless out is nil.
func (c *Client) call(ctx context.Context, q request, out any) error {
	resp, err := c.send(ctx, q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, resp.Body)
	} else {
		err = json.NewDecoder(resp.Body).Decode(out)
		_, _ = io.Copy(io.Discard, resp.Body)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return petri.Wrap(petri.Canceled, context.Cause(ctx), "the request was cancelled")
	}
	return petri.Wrap(petri.Unavailable, err, "the server at %s broke off its answer, or it is no Petri server", c.base)
}

func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	var out T
	err := c.call(ctx, request{method: http.MethodGet, path: path, query: query}, &out)
	return out, err
}

func post[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	err := c.call(ctx, request{method: http.MethodPost, path: path, json: in}, &out)
	return out, err
}

func patch[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	err := c.call(ctx, request{method: http.MethodPatch, path: path, json: in}, &out)
	return out, err
}
