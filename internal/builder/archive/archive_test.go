package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder/archive"
)

type file struct{ name, content string }

func tarOf(files ...file) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Mode: 0o755, Size: int64(len(f.content))}
		if target, ok := strings.CutPrefix(f.content, "link:"); ok {
			header = &tar.Header{Name: f.name, Typeflag: tar.TypeSymlink, Linkname: target}
			f.content = ""
		}
		if err := w.WriteHeader(header); err != nil {
			panic(err)
		}
		io.WriteString(w, f.content)
	}
	w.Close()
	return b.Bytes()
}

func zipped(b []byte) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.String()
}

func config(architecture string, layers ...string) string {
	var diffIDs []petri.Digest
	for _, l := range layers {
		diffIDs = append(diffIDs, petri.DigestBytes([]byte(l)))
	}
	ids, _ := json.Marshal(diffIDs)
	return fmt.Sprintf(`{"os":"linux","architecture":%q,"rootfs":{"type":"layers","diff_ids":%s}}`, architecture, ids)
}

func blob(content string) file {
	return file{"blobs/sha256/" + petri.DigestBytes([]byte(content)).Hex(), content}
}

func read(t *testing.T, content []byte) (*archive.Image, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return archive.Read(t.Context(), path, "base.tar", "amd64")
}

// written is what an engine would get: names of entries, and the manifest.
func written(t *testing.T, image *archive.Image) (entries map[string]string) {
	t.Helper()
	var b bytes.Buffer
	if err := image.Write(t.Context(), &b, "petri.local/base:x"); err != nil {
		t.Fatal(err)
	}
	entries = map[string]string{}
	for r := tar.NewReader(&b); ; {
		h, err := r.Next()
		if err == io.EOF {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(r)
		entries[h.Name] = string(content)
	}
}

func TestForms(t *testing.T) {
	one, two := string(tarOf(file{"a", "1"})), string(tarOf(file{"b", "2"}))
	conf := config("amd64", one, two, one)
	manifest := `[{"Config":"conf.json","RepoTags":["debian:12"],"Layers":["1/layer.tar","2/layer.tar","3/layer.tar"]}]`
	ociManifest := fmt.Sprintf(`{"config":{"digest":%q},"layers":[{"digest":%q},{"digest":%q},{"digest":%q}]}`,
		petri.DigestBytes([]byte(conf)), petri.DigestBytes([]byte(zipped([]byte(one)))), petri.DigestBytes([]byte(two)), petri.DigestBytes([]byte(one)))
	index := fmt.Sprintf(`{"manifests":[{"digest":"sha256:00","platform":{"os":"linux","architecture":"arm64"}},{"digest":%q,"platform":{"os":"linux","architecture":"amd64"}}]}`, petri.DigestBytes([]byte(ociManifest)))

	for _, test := range []struct {
		form   archive.Form
		layers []string
		tar    []byte
	}{
		{archive.Docker, []string{one, two, one}, tarOf(file{"1/layer.tar", one}, file{"2/layer.tar", two}, file{"3/layer.tar", "link:../1/layer.tar"}, file{"conf.json", conf}, file{"manifest.json", manifest})},
		{archive.OCI, []string{one, two, one}, tarOf(file{"oci-layout", `{"imageLayoutVersion":"1.0.0"}`}, file{"index.json", index}, blob(ociManifest), blob(conf), blob(zipped([]byte(one))), blob(two), blob(one))},
		{archive.RootFS, nil, tarOf(file{"./opt/broken.gz", "\x1f\x8b\x08not really"}, file{"./bin/sh", "shell"}, file{"./manifest.json", "[]"})},
	} {
		t.Run(string(test.form), func(t *testing.T) {
			image, err := read(t, test.tar)
			if err != nil {
				t.Fatal(err)
			}
			again, err := read(t, []byte(zipped(test.tar)))
			if err != nil || again.Digest != image.Digest {
				t.Errorf("compressed it is %+v, %v", again, err)
			}
			if image.Form != test.form {
				t.Errorf("taken for %q", image.Form)
			}
			entries := written(t, image)
			if got := petri.DigestBytes([]byte(entries[image.Digest.Hex()+".json"])); got != image.Digest {
				t.Errorf("the configuration written has digest %s", got)
			}
			if test.layers == nil {
				test.layers = []string{string(test.tar)}
			}
			var names []string
			for _, l := range test.layers {
				name := petri.DigestBytes([]byte(l)).Hex() + ".tar"
				names = append(names, name)
				if entries[name] != l {
					t.Errorf("layer %s is not what it was", name)
				}
			}
			want, _ := json.Marshal([]any{map[string]any{"Config": image.Digest.Hex() + ".json", "RepoTags": []string{"petri.local/base:x"}, "Layers": names}})
			var a, b any
			json.Unmarshal(want, &a)
			json.Unmarshal([]byte(entries["manifest.json"]), &b)
			if fmt.Sprint(a) != fmt.Sprint(b) {
				t.Errorf("manifest is %v, want %v", b, a)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	one := string(tarOf(file{"a", "1"}))
	image := func(conf, manifest string, more ...file) []byte {
		return tarOf(append(more, file{"l", one}, file{"c.json", conf}, file{"manifest.json", manifest})...)
	}
	const manifest = `[{"Config":"c.json","Layers":["l"]}]`
	for name, test := range map[string]struct {
		tar   []byte
		words string
	}{
		"empty":              {nil, "0 bytes"},
		"text":               {[]byte(strings.Repeat("text ", 1000)), "not a tar"},
		"no end":             {tarOf(file{"bin/sh", "x"})[:1024], "ends too early"},
		"empty tar":          {tarOf(), "neither"},
		"other architecture": {image(config("arm64", one), manifest), "arm64 processors, and this engine has amd64"},
		"windows":            {image(strings.Replace(config("amd64", one), "linux", "windows", 1), manifest), "windows"},
		"other layer":        {image(config("amd64", "other"), manifest), "layer 1 of 1 is damaged"},
		"damaged gzip":       {image(config("amd64", one), `[{"Config":"c.json","Layers":["z"]}]`, file{"z", zipped([]byte(one))[:30]}), "layer 1 of 1 is damaged"},
		"layer count":        {image(config("amd64", one, one), manifest), "speaks of 2 layers"},
		"two images":         {image(config("amd64", one), `[{"RepoTags":["a:1"]},{"RepoTags":["b:1"]}]`), "2 images (a:1; b:1)"},
		"no configuration":   {image(config("amd64", one), `[{"Config":"none.json","Layers":["l"]}]`), "configuration (none.json) is missing"},
		"layer missing":      {image(config("amd64", one), `[{"Config":"c.json","Layers":["../../etc/passwd"]}]`), "is missing"},
		"link in a circle":   {image(config("amd64", one), `[{"Config":"c.json","Layers":["x"]}]`, file{"x", "link:y"}, file{"y", "link:x"}), "is missing"},
		"manifest is text":   {image(config("amd64", one), `[not json]`), "manifest.json"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, test.tar)
			if petri.KindOf(err) != petri.Invalid || !strings.Contains(petri.MessageOf(err), test.words) || !strings.Contains(petri.MessageOf(err), "base.tar") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	one := string(tarOf(file{"a", "1"}))
	f.Add(tarOf(file{"l", one}, file{"c.json", config("amd64", one)}, file{"manifest.json", `[{"Config":"c.json","Layers":["l"]}]`}))
	f.Add(tarOf(file{"bin/sh", "x"}))
	f.Add([]byte(zipped(tarOf(file{"bin/sh", "x"}))))
	f.Add(tarOf(file{"oci-layout", "{}"}, file{"index.json", `{"manifests":[{"digest":"sha256:x"}]}`}))
	f.Fuzz(func(t *testing.T, content []byte) {
		if bytes.HasPrefix(content, []byte("\xfd7zXZ")) {
			t.Skip("would start a program each time")
		}
		image, err := read(t, content)
		if err != nil {
			if petri.KindOf(err) != petri.Invalid {
				t.Fatalf("kind %s: %v", petri.KindOf(err), err)
			}
			return
		}
		if err := image.Write(t.Context(), io.Discard, "x:1"); err != nil {
			t.Fatalf("accepted, and then: %v", err)
		}
	})
}
