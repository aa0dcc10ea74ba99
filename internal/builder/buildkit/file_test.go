package buildkit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
	"github.com/petri-dev/petri/internal/builder/buildkit"
)

func TestBaseFiles(t *testing.T) {
	b := newBuilder(t, buildkit.Config{})
	folder := t.TempDir()
	root := smallRoot(t, folder)
	small := onSmallRoot(t, b, root)
	saved := filepath.Join(folder, "saved.tar")
	sh(t, "docker save -o "+saved+" "+small.Name)
	oci := ociLayout(t, saved, folder)
	sh(t, "cd "+folder+" && gzip -k saved.tar && xz -k -0 root.tar && gzip -k root.tar && zstd -q -k oci.tar -o oci.tar.zst || cp oci.tar oci.tar.zst")

	for file, want := range map[string]petri.Digest{
		saved: small.Digest, saved + ".gz": small.Digest, oci: small.Digest, oci + ".zst": small.Digest,
		root: "", root + ".gz": "", root + ".xz": "",
	} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			resolve := func() builder.Image {
				image, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseFile, Ref: filepath.Base(file), Path: file}, nil)
				if err != nil {
					t.Fatal(err)
				}
				return image
			}
			image := resolve()
			if again := resolve(); again.Digest != image.Digest {
				t.Errorf("the same file became %s, then %s", image.Digest, again.Digest)
			}
			if want != "" && image.Digest != want {
				t.Errorf("got image %s, want %s", image.Digest, want)
			}
			if out := in(t, image.Name, "/bin/sh", "-c", "echo it runs"); out != "it runs\n" {
				t.Errorf("got %q", out)
			}
		})
	}
	refuseDamaged(t, b, folder, saved, root, oci)
}

func refuseDamaged(t *testing.T, b *buildkit.Builder, folder, saved, root, oci string) {
	for name, command := range map[string]string{
		"cut-root.tar":     "head -c 1500000 " + root,
		"cut-root.tar.gz":  "head -c 500000 " + root + ".gz",
		"cut-root.tar.xz":  "head -c 400000 " + root + ".xz",
		"cut-saved.tar":    "head -c 1500000 " + saved,
		"cut-oci.tar":      "head -c 800000 " + oci,
		"flipped.tar":      "cat " + saved + " | perl -0777 -pe 'substr($_, 1000000, 4) = qq(oops)'",
		"no-layer.tar":     "cp " + saved + " x.tar; tar --delete -f x.tar $(tar tf x.tar | grep -E 'layer.tar$|^blobs/.{70,}$' | head -n 1); cat x.tar",
		"no-manifest.tar":  "tar c ../" + filepath.Base(folder) + "/saved.tar.gz",
		"just-a-text.tar":  "seq 100000",
		"a-folder-of.tar":  "mkdir -p d; echo 1 > d/x; tar c d",
		"ends-at-file.tar": "mkdir -p e/bin; echo 1 > e/bin/sh; tar c -C e . | head -c 2048",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(folder, name)
			sh(t, "cd "+folder+" && ("+command+") > "+path)
			_, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseFile, Ref: name, Path: path}, nil)
			if petri.KindOf(err) != petri.Invalid || !strings.Contains(petri.MessageOf(err), name) {
				t.Fatalf("got %v", err)
			}
			t.Log(petri.MessageOf(err))
		})
	}
}

// smallRoot is a root file system that can run sh, and is small enough to be read many times.
func smallRoot(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "root.tar")
	sh(t, "docker run --rm --network=none "+base+` sh -c 'cd / && tar ch bin/sh bin/cat $(ldd /bin/sh /bin/cat | grep -o " /[^ )]*\|^.[^ ]*ld-[^ ]*" | sort -u | sed s,/,,)' > `+path)
	return path
}

// onSmallRoot is an image of three layers on it.
func onSmallRoot(t *testing.T, b *buildkit.Builder, root string) builder.Image {
	t.Helper()
	from, err := b.Resolve(t.Context(), builder.Base{Kind: petri.BaseFile, Ref: "root.tar", Path: root}, nil)
	if err != nil {
		t.Fatal(err)
	}
	name := imageName(t)
	image, err := b.Build(t.Context(), builder.Request{Base: from, Name: name, Instructions: "RUN echo a > /a\nRUN echo b > /b"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", name).Run() })
	return image
}

func ociLayout(t *testing.T, saved, folder string) string {
	t.Helper()
	image, err := tarball.ImageFromPath(saved, nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := layout.Write(filepath.Join(folder, "oci"), empty.Index)
	if err == nil {
		err = at.AppendImage(image)
	}
	if err != nil {
		t.Fatal(err)
	}
	sh(t, "tar c -C "+folder+"/oci -f "+folder+"/oci.tar .")
	return folder + "/oci.tar"
}

func sh(t *testing.T, script string) string {
	t.Helper()
	command := exec.Command("bash", "-euo", "pipefail", "-c", script)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil && !strings.Contains(script, "head -c") {
		t.Fatalf("%s: %v", script, err)
	}
	return string(out)
}
