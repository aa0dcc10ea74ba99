package archive

import (
	"encoding/json"
	"strings"

	"github.com/petri-dev/petri"
)

// fromDocker takes the one image of a docker save archive.
func (i *Image) fromDocker(found *contents) error {
	var images []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := json.Unmarshal(found.documents["manifest.json"], &images); err != nil {
		return petri.Wrap(petri.Invalid, err, "its manifest.json is not what docker save writes")
	}
	if len(images) != 1 {
		var names []string
		for _, image := range images {
			names = append(names, strings.Join(image.RepoTags, ", "))
		}
		return petri.Errorf(petri.Invalid, "it holds %d images (%s); save the one to start from by itself", len(images), strings.Join(names, "; "))
	}
	at, _, ok := found.resolve(images[0].Config)
	if !ok || found.documents[at] == nil {
		return petri.Errorf(petri.Invalid, "the image's configuration (%s) is missing from it", images[0].Config)
	}
	i.config = found.documents[at]
	for _, name := range images[0].Layers {
		if err := i.addLayer(found, name); err != nil {
			return err
		}
	}
	return nil
}

func (i *Image) addLayer(found *contents, name string) error {
	at, e, ok := found.resolve(name)
	if !ok {
		return petri.Errorf(petri.Invalid, "a layer (%s) is missing from it", name)
	}
	i.layers = append(i.layers, layer{diffID: e.diffID, entry: at, size: e.size})
	return nil
}

type descriptor struct {
	MediaType string       `json:"mediaType"`
	Digest    petri.Digest `json:"digest"`
	Platform  *struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
	} `json:"platform"`
}

type ociDocument struct {
	Manifests []descriptor `json:"manifests"`
	Config    descriptor   `json:"config"`
	Layers    []descriptor `json:"layers"`
}

// maxNesting bounds how deep an index may lie within indexes.
const maxNesting = 4

// fromOCI takes the one image of an OCI layout that suits the architecture.
func (i *Image) fromOCI(found *contents, architecture string) error {
	var index ociDocument
	if err := json.Unmarshal(found.documents["index.json"], &index); err != nil {
		return petri.Wrap(petri.Invalid, err, "its index.json is not an OCI index")
	}
	images, err := imagesIn(found, index.Manifests, architecture, maxNesting)
	if err != nil {
		return err
	}
	if len(images) != 1 {
		return petri.Errorf(petri.Invalid, "it holds %d images for %s processors; one is needed", len(images), architecture)
	}
	if i.config, err = ociBlob(found, images[0].Config.Digest); err != nil {
		return err
	}
	for _, l := range images[0].Layers {
		name := blobName(l.Digest)
		if _, e, ok := found.resolve(name); ok && e.digest != l.Digest {
			return petri.Errorf(petri.Invalid, "a layer (%s) is damaged: its content has another digest", l.Digest.Short())
		}
		if err := i.addLayer(found, name); err != nil {
			return err
		}
	}
	return nil
}

func imagesIn(found *contents, list []descriptor, architecture string, depth int) ([]ociDocument, error) {
	var images []ociDocument
	for _, d := range list {
		if p := d.Platform; p != nil && (p.OS != "linux" || p.Architecture != architecture) {
			continue
		}
		raw, err := ociBlob(found, d.Digest)
		if err != nil {
			return nil, err
		}
		var document ociDocument
		if err := json.Unmarshal(raw, &document); err != nil {
			return nil, petri.Wrap(petri.Invalid, err, "a manifest in it is not JSON")
		}
		if len(document.Manifests) == 0 {
			images = append(images, document)
			continue
		}
		if depth == 0 {
			return nil, petri.Errorf(petri.Invalid, "its indexes lie too deep within each other")
		}
		inner, err := imagesIn(found, document.Manifests, architecture, depth-1)
		if err != nil {
			return nil, err
		}
		images = append(images, inner...)
	}
	return images, nil
}

func ociBlob(found *contents, digest petri.Digest) ([]byte, error) {
	_, e, ok := found.resolve(blobName(digest))
	raw := found.documents[blobName(digest)]
	switch {
	case !ok:
		return nil, petri.Errorf(petri.Invalid, "a part (%s) is missing from it", digest.Short())
	case raw == nil:
		return nil, petri.Errorf(petri.Invalid, "a part (%s) of it is not JSON", digest.Short())
	case e.digest != digest:
		return nil, petri.Errorf(petri.Invalid, "a part (%s) is damaged: its content has another digest", digest.Short())
	}
	return raw, nil
}

func blobName(digest petri.Digest) string {
	algorithm, digits, _ := strings.Cut(string(digest), ":")
	return "blobs/" + algorithm + "/" + digits
}
