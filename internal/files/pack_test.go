package files_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

func TestReceivePack(t *testing.T) {
	h := newHouse(t)
	var contents [][]byte
	var digests []petri.Digest
	for i := range 500 {
		contents = append(contents, bytes.Repeat(fmt.Appendf(nil, "%d,", i), i*20))
	}
	contents = append(contents, nil, bytes.Repeat([]byte("long"), 1<<20), []byte("last"), []byte("last"))
	for _, c := range contents {
		digests = append(digests, petri.DigestBytes(c))
	}
	missing, err := h.Missing(t.Context(), digests)
	if err != nil || len(missing) != 502 { // nothing twice; the first is empty, as is another
		t.Errorf("Missing = %d of %d, %v", len(missing), len(digests), err)
	}
	if err := h.ReceivePack(t.Context(), bytes.NewReader(pack(contents...))); err != nil {
		t.Fatal(err)
	}
	if missing, err := h.Missing(t.Context(), digests); err != nil || len(missing) > 0 {
		t.Errorf("Missing = %d, %v; want none", len(missing), err)
	}
	checkBlobs(t, h)
}

func TestReceivePackRefuses(t *testing.T) {
	good := pack([]byte("good"))
	lie := func(length uint64) []byte {
		p := pack([]byte("some content"))
		binary.BigEndian.PutUint64(p, length)
		return p
	}
	wrong := pack([]byte("content"))
	wrong[10] ^= 1
	wrongLong := pack(bytes.Repeat([]byte("x"), 2<<20))
	wrongLong[10] ^= 1
	for name, p := range map[string][]byte{
		"cut header":     good[:20],
		"cut content":    good[:len(good)-1],
		"wrong digest":   wrong,
		"wrong and long": wrongLong,
		"cut and long":   pack(bytes.Repeat([]byte("x"), 2<<20))[:1<<20],
		"length short":   lie(4),
		"length long":    lie(400),
		"length huge":    lie(tree.MaxPackBlob),
		"length absurd":  lie(1 << 63),
		"length -1":      lie(1<<64 - 1),
		"no pack":        []byte(strings.Repeat("GET / HTTP/1.1\n", 99)),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			err := h.ReceivePack(t.Context(), bytes.NewReader(append(pack([]byte("before")), p...)))
			if petri.KindOf(err) != petri.Invalid {
				t.Errorf("ReceivePack = %v; want kind invalid", err)
			}
			checkBlobs(t, h)
		})
	}
}

func TestReceivePackOfABrokenLine(t *testing.T) {
	h := newHouse(t)
	broken := errors.New("reset")
	r := io.MultiReader(bytes.NewReader(pack([]byte("kept"))), io.MultiReader(bytes.NewReader(pack([]byte("lost"))[:42]), failing{broken}))
	if err := h.ReceivePack(t.Context(), r); !errors.Is(err, broken) {
		t.Errorf("ReceivePack = %v; want the line's error", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzReceivePack(f *testing.F) {
	f.Add(pack([]byte("a"), nil, []byte("bc")))
	f.Add([]byte{})
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		err := h.ReceivePack(t.Context(), bytes.NewReader(b))
		if err != nil && petri.KindOf(err) != petri.Invalid {
			t.Errorf("ReceivePack = %v", err)
		}
	})
}

// unpack reads a pack and verifies it.
func unpack(t *testing.T, p []byte) map[petri.Digest]bool {
	t.Helper()
	got := map[petri.Digest]bool{}
	for r := bytes.NewReader(p); ; {
		d, length, err := tree.ReadPackHeader(r, 1<<30)
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, length)
		if _, err := io.ReadFull(r, b); err != nil || petri.DigestBytes(b) != d || got[d] {
			t.Fatalf("a blob of the pack is cut, wrong, or there twice: %v", err)
		}
		got[d] = true
	}
}

func TestSendPack(t *testing.T) {
	h := newHouse(t)
	what := map[string]string{"a": "1", "b/c": "1", "b/d": "x:2", "l": "l:a", "e": "d", "long": strings.Repeat("0123456789", 500_000), "empty": ""}
	for i := range 200 {
		what[fmt.Sprintf("many/%d", i)] = strings.Repeat("m", i*100)
	}
	root := h.tree(t, what)
	want := map[petri.Digest]bool{}
	for _, w := range what {
		if w != "d" {
			want[petri.DigestBytes([]byte(strings.TrimPrefix(strings.TrimPrefix(w, "x:"), "l:")))] = true
		}
	}
	_ = tree.Walk(t.Context(), h.source, root, func(_ string, e tree.Entry) error { want[e.Digest] = true; return nil })
	want[root] = true
	var out bytes.Buffer
	if err := h.SendPack(t.Context(), &out, root, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, unpack(t, out.Bytes())); diff != "" {
		t.Errorf("everything (-want +got):\n%s", diff)
	}
	out.Reset()
	some := []petri.Digest{petri.DigestBytes([]byte("2")), root}
	if err := h.SendPack(t.Context(), &out, root, some); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[petri.Digest]bool{some[0]: true, root: true}, unpack(t, out.Bytes())); diff != "" {
		t.Errorf("some (-want +got):\n%s", diff)
	}
}

func TestSendPackGivesNothingThatIsNotOfTheCommit(t *testing.T) {
	h := newHouse(t)
	root := h.tree(t, map[string]string{"a": "mine"})
	secret, err := h.put([]byte("somebody else's"))
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for _, d := range []petri.Digest{secret, petri.DigestBytes([]byte("not there at all"))} {
		var out bytes.Buffer
		err := h.SendPack(t.Context(), &out, root, []petri.Digest{root, d})
		if petri.KindOf(err) != petri.NotFound || out.Len() > 0 {
			t.Errorf("SendPack = %v after %d bytes; want kind not_found after none", err, out.Len())
		}
		messages = append(messages, strings.ReplaceAll(petri.MessageOf(err), string(d), "D"))
	}
	if messages[0] != messages[1] {
		t.Errorf("the answers tell what is there: %q", messages)
	}
}

type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestSendPackToSomebodyWhoLeft(t *testing.T) {
	h := newHouse(t)
	what := map[string]string{}
	for i := range 3000 {
		what[fmt.Sprint(i)] = fmt.Sprint(i)
	}
	if err := h.SendPack(t.Context(), gone{}, h.tree(t, what), nil); petri.KindOf(err) != petri.Canceled {
		t.Errorf("SendPack = %v; want kind canceled", err)
	}
}

func TestSendPackOfADamagedStore(t *testing.T) {
	h := newHouse(t)
	root := h.tree(t, map[string]string{"a": "1", "b": "2"})
	if err := h.blobs.Delete(t.Context(), petri.DigestBytes([]byte("2"))); err != nil {
		t.Fatal(err)
	}
	if err := h.SendPack(t.Context(), io.Discard, root, nil); petri.KindOf(err) != petri.NotFound {
		t.Errorf("SendPack = %v; want kind not_found", err)
	}
}
