package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/tree"
)

// badRequest is what only a program that means ill, or is broken, would send.
type badRequest struct {
	name    string
	request string // METHOD path below /api/v1
	body    string
	header  []string
	kind    petri.Kind
	says    string
}

// TestBadRequests: the server defends itself, whatever client there is.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	l := newLab(t, "", "--builds", "1", "--cpus", "4", "--memory", "8g")
	l.world()
	treeBlobs{l}.put(make([]byte, 1<<20)) // what came whole of the bomb is kept
	cases := append(badUploads(), badBodies(l)...)
	cases = append(cases, badTrees(l)...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l.T = t
			before := l.snapshot()
			status, e := l.send(t, c)
			t.Logf("%d %s: %s", status, e.Kind, e.Message)
			if petri.Kind(e.Kind) != c.kind || !inOrder(e.Message, c.says) || e.RequestID == "" {
				t.Errorf("got %d %+v, want %s %q", status, e, c.kind, c.says)
			}
			same(t, "the server", before, l.snapshot())
		})
	}
	l.T = t
	l.alive()
	t.Logf("%d cases", len(cases))
}

// send makes a request as it is and gives the error in the answer.
func (l *lab) send(t *testing.T, c badRequest) (int, api.ErrorDetail) {
	t.Helper()
	method, path, _ := strings.Cut(c.request, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, l.client.URL()+"/api/v1/"+path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+l.token)
	if strings.HasPrefix(c.body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(c.header); i += 2 {
		r.Header.Set(c.header[i], c.header[i+1])
	}
	began := time.Now()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	var body api.ErrorBody
	if err != nil || resp.StatusCode < 400 || json.Unmarshal(text, &body) != nil {
		t.Fatalf("got %d %.300q, %v", resp.StatusCode, text, err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s to refuse", took)
	}
	return resp.StatusCode, body.Error
}

// packOf is a pack of one blob that claims to be of that digest and length.
func packOf(d petri.Digest, length int64, content string) string {
	var header [tree.PackHeader]byte
	tree.PutPackHeader(header[:], d, length)
	return string(header[:]) + content
}

func badUploads() []badRequest {
	right, wrong := petri.DigestBytes([]byte("content")), petri.DigestBytes([]byte("another"))
	put := func(name string, kind petri.Kind, says, body string, offset, length string) badRequest {
		return badRequest{name, "PUT blobs/" + string(wrong), body, []string{api.HeaderUploadOffset, offset, api.HeaderUploadLength, length}, kind, says}
	}
	pack := func(name, says, body string, header ...string) badRequest {
		return badRequest{name, "POST blobs/pack", body, header, petri.Invalid, says}
	}
	var bomb bytes.Buffer
	encoder, _ := zstd.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 300 {
		_, _ = io.WriteString(encoder, packOf(petri.DigestBytes(zeros), 1<<20, string(zeros)))
	}
	_ = encoder.Close()
	return []badRequest{
		put("an upload whose digest is wrong", petri.Invalid, "has digest…damaged on its way…send it again", "content", "0", "7"),
		put("an upload longer than it says", petri.Invalid, "longer than the 3 bytes it said", "content", "0", "3"),
		put("an upload that begins in the middle", petri.Conflict, "stands at byte 0, not 5; go on from there", "content", "5", "12"),
		put("an upload of less than nothing", petri.Invalid, "Upload-Length must be a number of bytes", "content", "0", "-7"),
		put("an upload beyond all bounds", petri.Invalid, "cannot go on", "content", "0", "9223372036854775807"),
		put("an upload without headers", petri.Invalid, "Upload-Offset must be a number", "content", "", ""),
		{"an upload to no digest", "PUT blobs/sha256:../../../etc/passwd", "x", nil, petri.NotFound, "no such operation"},
		{"an upload to a malformed digest", "PUT blobs/sha256:12", "x", nil, petri.Invalid, "is not a digest"},
		pack("a pack whose digest is wrong", "has digest…send it again", packOf(wrong, 7, "content")),
		pack("a pack that is cut", "ends in the middle of a blob", packOf(right, 7, "con")),
		pack("a pack whose length is too long", "ends in the middle of a blob: it was cut on its way, or a length in it lies", packOf(right, 8, "content")),
		pack("a pack whose length is too short", "ends in the middle of a blob", packOf(right, 6, "content")),
		pack("a pack of a negative length", "bytes; the most is", packOf(right, -1, "content")),
		pack("a pack of an endless length", "bytes; the most is", packOf(right, 1<<62, "content")),
		pack("a pack of noise", "bytes; the most is", strings.Repeat("\x9c\xe1\x77\xff", 99)),
		pack("a pack that is not zstd", "not what zstd makes", packOf(right, 7, "content"), "Content-Encoding", "zstd"),
		pack("a pack that unfolds without end", "unfolds to more than 2000 times its size", bomb.String(), "Content-Encoding", "zstd"),
		pack("a pack in an unknown encoding", `"br" is no encoding that this server reads`, "", "Content-Encoding", "br"),
	}
}

// treeBlobs are folders as a stranger would write them.
type treeBlobs struct{ l *lab }

func (b treeBlobs) put(content []byte) petri.Digest {
	d := petri.DigestBytes(content)
	b.l.must(b.l.client.SendPack(b.l.Context(), strings.NewReader(packOf(d, int64(len(content)), string(content))), false))
	return d
}

func (b treeBlobs) folder(entries ...tree.Entry) petri.Digest { return b.put(tree.Encode(entries)) }

func badTrees(l *lab) []badRequest {
	project, err := l.client.Project(l.Context(), petri.ProjectRef{Owner: l.owner, Name: "churn"})
	l.must(err)
	b := treeBlobs{l}
	x := b.put([]byte("x"))
	file := func(name string) tree.Entry { return tree.Entry{Name: name, Kind: tree.File, Size: 1, Digest: x} }
	link := func(target string) petri.Digest {
		return b.folder(tree.Entry{Name: "l", Kind: tree.Link, Size: int64(len(target)), Digest: b.put([]byte(target))})
	}
	commit := func(name, says string, root petri.Digest) badRequest {
		return badRequest{name, "POST projects/~/churn/commits", fmt.Sprintf(`{"tree":%q,"parent":%q}`, root, project.Head), nil, petri.Invalid, says}
	}
	exploding, size := b.folder(file("a")), int64(1)
	for range 12 {
		var entries []tree.Entry
		for i := range 100 {
			entries = append(entries, tree.Entry{Name: fmt.Sprint(1000 + i), Kind: tree.Folder, Size: size, Digest: exploding})
		}
		if size *= 100; size > tree.MaxBytes/100 {
			size = 1
		}
		exploding = b.folder(entries...)
	}
	deep := b.folder(file("a"))
	for range 205 {
		deep = b.folder(tree.Entry{Name: "d", Kind: tree.Folder, Size: 1, Digest: deep})
	}
	raw := func(line string) petri.Digest { return b.put([]byte("petri-tree 1\n" + line + "\x00")) }
	someone := petri.DigestBytes([]byte("never sent"))
	cases := []badRequest{
		commit("a tree that climbs", `".." cannot be the name of a file`, b.folder(file(".."))),
		commit("a tree with a dot", `"." cannot be the name of a file`, b.folder(file("."))),
		commit("a tree with an absolute name", "holds a slash", b.folder(file("/etc/passwd"))),
		commit("a tree with a path for a name", "holds a slash", b.folder(file("a/b"))),
		commit("a tree with a name too long", "longer than 255 bytes", b.folder(file(strings.Repeat("n", 256)))),
		commit("a tree with a name twice", "does not sort after", b.folder(file("a"), file("a"))),
		commit("a tree with an absolute link", `"l" cannot be kept…is absolute`, link("/etc/passwd")),
		commit("a tree with a link that climbs out", `"l" cannot be kept: its target lies outside the project`, link("../../etc/passwd")),
		commit("a tree with a link through a link", "goes up after it went down", link("a/../../b")),
		commit("a tree with a device", "is of no known kind", raw("b 0 "+x.Hex()+" null")),
		commit("a tree with a negative size", "has no proper size", raw("f -1 "+x.Hex()+" a")),
		commit("a tree that lies about a file's size", `says that "a" has 2 bytes, but its content has 1`, raw("f 2 "+x.Hex()+" a")),
		commit("a tree that lies about a folder's size", `"d"`, b.folder(tree.Entry{Name: "d", Kind: tree.Folder, Size: 7, Digest: b.folder(file("a"))})),
		commit("a tree that explodes", "", exploding),
		commit("a tree too deep", "200 folders deep", deep),
		commit("a tree that was not sent", "is not whole…upload what is missing first", someone),
		commit("a tree whose file was not sent", `content of "a" was not uploaded`, b.folder(tree.Entry{Name: "a", Kind: tree.File, Size: 1, Digest: someone})),
		commit("a tree whose folder was not sent", "is not whole", b.folder(tree.Entry{Name: "d", Kind: tree.Folder, Size: 1, Digest: someone})),
		commit("a file for a tree", "not a folder", x),
		commit("a tree that is cut", "cut", b.put(tree.Encode([]tree.Entry{file("a")})[:60])),
		commit("no tree", "is not a digest", ""),
	}
	good := b.folder(file("a"))
	attach := badRequest{"attached files that climb out", "POST environments", fmt.Sprintf(`{"name":"new","base":{"kind":"image","ref":"debian:12"},"files":%q}`, link("../../etc/passwd")), nil, petri.Invalid, "lies outside"}
	return append(cases, attach,
		badRequest{"a parent that is not the head", "POST projects/~/churn/commits", fmt.Sprintf(`{"tree":%q,"parent":%q}`, good, strings.Repeat("0", 64)), nil, petri.Conflict, "somebody else has committed to…pull, and try again"},
		badRequest{"no parent where there is a head", "POST projects/~/churn/commits", fmt.Sprintf(`{"tree":%q,"parent":""}`, good), nil, petri.Conflict, "pull, and try again"},
		badRequest{"a parent that is no commit", "POST projects/~/churn/commits", fmt.Sprintf(`{"tree":%q,"parent":"main"}`, good), nil, petri.Invalid, "is not a commit id"},
		badRequest{"a parent where there is no commit", "POST projects/~/empty/commits", fmt.Sprintf(`{"tree":%q,"parent":%q}`, good, project.Head), nil, petri.Conflict, "has no commit yet"},
		badRequest{"a commit in an archived project", "POST projects/~/gone/commits", fmt.Sprintf(`{"tree":%q,"parent":""}`, good), nil, petri.Conflict, "is archived"},
		badRequest{"a commit that says too much", "POST projects/~/churn/commits", fmt.Sprintf(`{"tree":%q,"parent":%q,"message":%q}`, good, project.Head, strings.Repeat("m", 70<<10)), nil, petri.Invalid, "message is longer than"},
		badRequest{"attached files that were not sent", "POST environments", fmt.Sprintf(`{"name":"new","base":{"kind":"image","ref":"debian:12"},"files":%q}`, someone), nil, petri.Invalid, "upload"},
		badRequest{"a base file that was not sent", "POST environments", fmt.Sprintf(`{"name":"new","base":{"kind":"file","ref":"root.tar","file":%q}}`, someone), nil, petri.Invalid, "the base's file root.tar was not uploaded"},
		badRequest{"a base file that is nothing", "POST environments", fmt.Sprintf(`{"name":"new","base":{"kind":"file","ref":"root.tar","file":%q}}`, b.put(nil)), nil, petri.Invalid, "root.tar is empty"},
	)
}

func badBodies(l *lab) []badRequest {
	run := func(name, says, body string) badRequest {
		return badRequest{name, "POST projects/~/churn/runs", body, nil, petri.Invalid, says}
	}
	return []badRequest{
		run("a run of nothing", "command", `{}`),
		run("a run of an empty list", "no command given", `{"command":[]}`),
		run("a run of a text", "command", `{"command":"true"}`),
		run("a run with what nobody knows", "colour", `{"command":["true"],"colour":"red"}`),
		run("negative seconds", "time limit of -1 seconds makes no sense", `{"command":["true"],"timeout_seconds":-1}`),
		run("seconds without end", "time limit of 1e+300 seconds makes no sense", `{"command":["true"],"timeout_seconds":1e300}`),
		run("CPUs without end", "1e+300 CPUs", `{"command":["true"],"cpus":1e300}`),
		run("negative bytes", "cannot run with -5 bytes of memory", `{"command":["true"],"memory_bytes":-5}`),
		run("bytes that are no whole number", "memory_bytes", `{"command":["true"],"memory_bytes":1.5}`),
		run("more bytes than numbers hold", "memory_bytes: it cannot be number 99999999999999999999", `{"command":["true"],"memory_bytes":99999999999999999999}`),
		run("a command with NUL", "NUL byte", `{"command":["a\u0000b"]}`),
		run("a command without end", "longer than 128 KiB", `{"command":["`+strings.Repeat("x", 200<<10)+`"]}`),
		run("a hundred tags", "are too many", `{"command":["true"],"tags":["`+strings.Repeat(`a","`, 99)+`a"]}`),
		run("half a request", "malformed", `{"command":["true"]`),
		run("an origin that is none", "origin", `{"command":["true"],"origin":"moon"}`),
		{"a client of another version, on its own", "GET whoami", "", []string{api.HeaderVersion, "2"}, petri.Invalid, "another version"},
		{"a token of another sort", "GET whoami", "", []string{"Authorization", "Basic cm9vdDpyb290"}, petri.Unauthenticated, "petri login"},
		{"a page of another site", "POST projects", `{"name":"x"}`, []string{"Sec-Fetch-Site", "cross-site"}, petri.Denied, "another site's page"},
		{"an operation that is none", "GET nonsense", "", nil, petri.NotFound, "there is no such operation"},
		{"a method that is none", "DELETE projects/~/churn", "", nil, petri.NotFound, "there is no such operation"},
		{"a file above the project", "GET projects/~/churn/commits/head/files/..%2F..%2Fetc%2Fpasswd", "", nil, petri.Invalid, "etc/passwd"},
		{"a file that is not there", "GET projects/~/churn/commits/head/files/none", "", nil, petri.NotFound, `"none"`},
		{"a run that is no number", "GET projects/~/churn/runs/one", "", nil, petri.Invalid, "number"},
		{"a run beyond all numbers", "GET projects/~/churn/runs/99999999999999999999", "", nil, petri.Invalid, "number"},
		{"a base of another kind", "POST environments", `{"name":"new","base":{"kind":"moon","ref":"x"}}`, nil, petri.Invalid, "base.kind"},
		{"no base at all", "POST environments", `{"name":"new"}`, nil, petri.Invalid, "no base given"},
		{"a log that follows nothing", "GET projects/~/churn/runs/1/log?follow=perhaps", "", nil, petri.Invalid, "follow"},
		{"digests without end", "POST blobs/missing", `{"digests":["sha256:` + strings.Repeat("0", 100) + `"]}`, nil, petri.Invalid, "is not a digest"},
		{"a body beyond all bounds", "POST instructions/lint", `{"instructions":"` + strings.Repeat("x", 65<<20) + `"}`, nil, petri.Exhausted, "larger than 64 MiB, the most that one may be"},
	}
}
