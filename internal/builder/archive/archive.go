// Package archive reads the files that an environment may start from: a root file system
// tar, an image archive as docker save writes it, an OCI layout tar; each plain or
// compressed. It checks such a file through and through before an engine sees any of it, and
// writes it again as the one form that every Docker loads.
//
// The builders use it. It talks to no engine and writes no file of its own.
package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/petri-dev/petri"
)

// Form is what a file was recognised as.
type Form string

// The forms of a base file.
const (
	RootFS  Form = "root file system"
	Docker  Form = "docker archive"
	OCI     Form = "OCI layout"
	unknown Form = ""
)

// Image is a checked file, ready to be written for an engine.
type Image struct {
	Form Form
	// Digest is that of the image's configuration: equal files give equal digests.
	Digest petri.Digest
	// Bytes is the size of all layers, uncompressed.
	Bytes int64

	path   string
	config []byte
	layers []layer
}

// A layer is an uncompressed tar, somewhere in the file.
type layer struct {
	diffID petri.Digest
	entry  string // the tar entry that holds it; "" where the file itself is the layer
	size   int64
}

type imageConfig struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	RootFS       struct {
		Type    string         `json:"type"`
		DiffIDs []petri.Digest `json:"diff_ids"`
	} `json:"rootfs"`
}

// Read checks the file at path; name is what its owner calls it, and architecture (amd64)
// what its programs must be made for, "" for this machine's. It reads the file once, whole.
// Kind: invalid, with what is wrong with it.
func Read(ctx context.Context, path, name, architecture string) (*Image, error) {
	if architecture == "" {
		architecture = runtime.GOARCH
	}
	found, err := scan(ctx, path, name)
	if err != nil {
		return nil, err
	}
	image := &Image{Form: found.form(), path: path}
	switch image.Form {
	case RootFS:
		err = image.fromRootFS(found, architecture)
	case Docker:
		err = image.fromDocker(found)
	case OCI:
		err = image.fromOCI(found, architecture)
	default:
		err = petri.Errorf(petri.Invalid, "it is a tar, but neither a root file system (it has no /bin/sh), nor an archive of docker save, nor an OCI layout")
	}
	if err == nil {
		err = image.check(architecture)
	}
	if err != nil {
		return nil, petri.Wrap(petri.KindOf(err), err, "%s cannot be a base: %s", name, petri.MessageOf(err))
	}
	image.Digest = petri.DigestBytes(image.config)
	for _, l := range image.layers {
		image.Bytes += l.size
	}
	return image, nil
}

// check holds the layers against what the configuration says of them.
func (i *Image) check(architecture string) error {
	var config imageConfig
	if err := json.Unmarshal(i.config, &config); err != nil {
		return petri.Wrap(petri.Invalid, err, "the image's configuration is not JSON")
	}
	switch {
	case config.OS != "linux":
		return petri.Errorf(petri.Invalid, "it is an image for %q, and runs need Linux", config.OS)
	case config.Architecture != architecture:
		return petri.Errorf(petri.Invalid, "it is an image for %s processors, and this engine has %s", config.Architecture, architecture)
	case len(config.RootFS.DiffIDs) != len(i.layers):
		return petri.Errorf(petri.Invalid, "its configuration speaks of %d layers and it has %d", len(config.RootFS.DiffIDs), len(i.layers))
	}
	for n, want := range config.RootFS.DiffIDs {
		if i.layers[n].diffID != want {
			return petri.Errorf(petri.Invalid, "layer %d of %d is damaged: its content is not what the image's configuration says", n+1, len(i.layers))
		}
	}
	return nil
}

// fromRootFS makes a configuration around the one layer that the file is. Nothing in it
// depends on when or where it is made.
func (i *Image) fromRootFS(found *contents, architecture string) error {
	i.layers = []layer{{diffID: found.digest, size: found.size}}
	config := fmt.Sprintf(`{"architecture":%q,"config":{"Cmd":["/bin/sh"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},"created":"1970-01-01T00:00:00Z","history":[{"created":"1970-01-01T00:00:00Z","created_by":"petri: root file system"}],"os":"linux","rootfs":{"type":"layers","diff_ids":[%q]}}`, architecture, found.digest)
	i.config = []byte(config)
	return nil
}
