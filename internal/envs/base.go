package envs

import (
	"strings"

	"github.com/distribution/reference"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/instructions"
	"github.com/petri-dev/petri/internal/store"
)

// BaseAuto asks for a revision where the environment exists, else for an image.
const BaseAuto petri.BaseKind = "auto"

// resolve turns what a base was written as into what is frozen. A revision's image is known
// now; an image reference and a file are resolved by whoever builds, each time anew.
func resolve(tx *store.Tx, c access.Caller, base petri.Base) (petri.Base, error) {
	switch base.Kind {
	case BaseAuto, "":
		return resolveAuto(tx, c, base.Ref)
	case petri.BaseImage:
		return imageBase(base.Ref)
	case petri.BaseRevision:
		ref, err := petri.ParseEnvironmentRef(base.Ref, c.User.Name)
		if err != nil {
			return base, err
		}
		return revisionBase(tx, c, ref)
	case petri.BaseFile:
		if _, err := petri.ParseDigest(string(base.File)); err != nil {
			return base, err
		}
		return petri.Base{Kind: petri.BaseFile, Ref: base.Ref, File: base.File}, nil
	default:
		return base, petri.Errorf(petri.Invalid, "%q is not a kind of base: use image, revision, file or auto", string(base.Kind))
	}
}

func resolveAuto(tx *store.Tx, c access.Caller, written string) (petri.Base, error) {
	ref, err := petri.ParseEnvironmentRef(written, c.User.Name)
	if err != nil {
		return imageBase(written)
	}
	base, err := revisionBase(tx, c, ref)
	// owner/name@3 is no image reference, so an environment was meant.
	if petri.KindOf(err) == petri.NotFound && ref.Revision == 0 {
		return imageBase(written)
	}
	return base, err
}

func imageBase(ref string) (petri.Base, error) {
	if strings.HasPrefix(ref, instructions.OwnImages) {
		return petri.Base{}, petri.Errorf(petri.Invalid, "%s", instructions.OwnImageRefusal(ref))
	}
	if _, err := reference.ParseAnyReference(ref); err != nil {
		return petri.Base{}, petri.Wrap(petri.Invalid, err, "%.80q is neither an environment nor an image reference; one looks like debian:12 or registry.example.org/team/image:tag", ref)
	}
	return petri.Base{Kind: petri.BaseImage, Ref: ref}, nil
}

// revisionBase pins a ready revision and its image.
func revisionBase(tx *store.Tx, c access.Caller, ref petri.EnvironmentRef) (petri.Base, error) {
	_, revision, err := seeRevision(tx, c, ref)
	if err != nil {
		return petri.Base{}, err
	}
	if err := Ready(revision); err != nil {
		return petri.Base{}, petri.Errorf(petri.Conflict, "%s cannot be a base: %s", revision.Ref, petri.MessageOf(err))
	}
	return petri.Base{Kind: petri.BaseRevision, Ref: revision.Ref.String(), Digest: revision.Image.Digest}, nil
}
