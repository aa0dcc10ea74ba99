package archive

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/petri-dev/petri"
)

// Write writes the image as docker load takes it, under no other name than tag.
func (i *Image) Write(ctx context.Context, w io.Writer, tag string) error {
	f, err := os.Open(i.path)
	if err != nil {
		return fmt.Errorf("open the base: %w", err)
	}
	defer f.Close()
	plain, err := decompress(contextReader{ctx, f})
	if err != nil {
		return err
	}
	defer plain.Close()

	out := tar.NewWriter(w)
	if err := add(out, i.Digest.Hex()+".json", i.config); err != nil {
		return err
	}
	if i.Form == RootFS {
		err = addLayer(out, i.layers[0], plain)
	} else {
		err = i.copyLayers(out, tar.NewReader(plain))
	}
	if err != nil {
		return err
	}
	manifest, err := i.manifest(tag)
	if err != nil {
		return err
	}
	if err := add(out, "manifest.json", manifest); err != nil {
		return err
	}
	return out.Close()
}

// copyLayers writes each layer as it comes by.
func (i *Image) copyLayers(out *tar.Writer, in *tar.Reader) error {
	wanted := map[string]layer{}
	for _, l := range i.layers {
		wanted[l.entry] = l
	}
	written := map[petri.Digest]bool{}
	for len(wanted) > 0 {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return petri.Errorf(petri.Internal, "the base file changed while it was loaded")
		}
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path.Clean("/"+header.Name), "/")
		l, ok := wanted[name]
		if !ok || header.Typeflag != tar.TypeReg {
			continue
		}
		delete(wanted, name)
		if written[l.diffID] {
			continue
		}
		written[l.diffID] = true
		if err := copyLayer(out, l, in); err != nil {
			return err
		}
	}
	return nil
}

func copyLayer(out *tar.Writer, l layer, in io.Reader) error {
	plain, err := decompress(in)
	if err != nil {
		return err
	}
	defer plain.Close()
	return addLayer(out, l, plain)
}

func (i *Image) manifest(tag string) ([]byte, error) {
	type image struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	m := image{Config: i.Digest.Hex() + ".json", RepoTags: []string{tag}}
	for _, l := range i.layers {
		m.Layers = append(m.Layers, l.name())
	}
	return json.Marshal([]image{m})
}

func (l layer) name() string { return l.diffID.Hex() + ".tar" }

func addLayer(out *tar.Writer, l layer, r io.Reader) error {
	if err := out.WriteHeader(&tar.Header{Name: l.name(), Mode: 0o644, Size: l.size}); err != nil {
		return err
	}
	_, err := io.Copy(out, r)
	return err
}

func add(out *tar.Writer, name string, content []byte) error {
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := out.Write(content)
	return err
}
