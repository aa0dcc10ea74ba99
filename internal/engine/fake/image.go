package fake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
	"github.com/petri-dev/petri/internal/witness"
)

// Image is what the fake knows of one image. Images it was told nothing about are there,
// with a package list that names them.
type Image struct {
	Missing  bool
	Packages petri.PackageList
}

// SetImage tells the engine, for good, what an image is like.
func (e *Engine) SetImage(digest petri.Digest, image Image) error {
	text, err := json.Marshal(image)
	if err != nil {
		return err
	}
	return replace(filepath.Join(e.dir, "images"), digest.Hex(), text)
}

func (e *Engine) image(digest petri.Digest) Image {
	var image Image
	text, err := os.ReadFile(filepath.Join(e.dir, "images", filepath.Base("/"+digest.Hex())))
	if err == nil {
		_ = json.Unmarshal(text, &image)
	}
	return image
}

func (i Image) packages(spec engine.Spec) petri.PackageList {
	if i.Packages != nil {
		return append(petri.PackageList{}, i.Packages...)
	}
	return petri.NewPackageList([]petri.Package{
		{Ecosystem: "deb", Name: "base-files", Version: "12.4"},
		{Ecosystem: "deb", Name: "fake-image", Version: spec.Image.Short()},
		{Ecosystem: "r", Name: "base", Version: "4.2.2", Location: "/usr/lib/R/library"},
	})
}

// imageFacts are those of a fake image.
func imageFacts(spec engine.Spec) petri.Facts {
	return petri.NewFacts([]petri.Fact{{Name: petri.FactDistribution, Value: "Fake " + spec.Image.Short()}, {Name: petri.FactR, Value: "4.2.2 (/usr/lib/R)"}})
}

// inspect is the witness's inspect mode. The only accounts of a fake image are root and
// those with a number.
func (p *player) inspect() error {
	facts := witness.ImageFacts{}
	if written := p.spec.User; written != "" {
		facts.User = petri.ImageUser{Declared: true, Home: "/"}
		if number, _, _ := strings.Cut(written, ":"); number != "root" {
			facts.User.UID = atoi(number, 1000)
			facts.User.GID = facts.User.UID
			facts.User.Home = "/home/" + number
		}
	}
	list := p.container.engine.image(p.engine.Image).packages(p.engine)
	if err := replace(p.folder, witness.PackagesAfterFile, list.Encode()); err != nil {
		return err
	}
	if err := replace(p.folder, witness.FactsFile, imageFacts(p.engine).Encode()); err != nil {
		return err
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	return replace(p.folder, witness.ImageFile, text)
}
