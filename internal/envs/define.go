package envs

import (
	"context"
	"fmt"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/instructions"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// Change says what a new revision is to be. Fields that are nil keep what the latest revision
// has or, in a new environment, are empty.
type Change struct {
	Base         *petri.Base
	Instructions *string
	Files        *petri.Digest
	Variables    *map[string]string
	Note         string
	NoCache      bool
	Promote      bool
	// DryRun only looks whether it could be made. Nothing needs to be here for that: Attached are
	// the paths of the files that are to be attached.
	DryRun   bool
	Attached []string
}

const maxNote = 2000

// apply is the definition that the change makes of an earlier one. The base is resolved as
// far as rows can tell.
func (ch Change) apply(tx *store.Tx, c access.Caller, def petri.Definition) (petri.Definition, error) {
	if ch.Instructions != nil {
		def.Instructions = *ch.Instructions
	}
	if ch.Files != nil {
		def.Files = *ch.Files
	}
	if ch.Variables != nil {
		def.Variables = *ch.Variables
	}
	if ch.Base != nil {
		def.Base = *ch.Base
	}
	switch {
	case len(ch.Note) > maxNote:
		return def, petri.Errorf(petri.Invalid, "the note is longer than %d bytes", maxNote)
	case def.Base.Kind == "" && def.Base.Ref == "":
		return def, petri.Errorf(petri.Invalid, "no base given: say what to start from, as in --from debian:12 or --from owner/name@3")
	}
	if ch.DryRun && def.Base.Kind == petri.BaseFile && def.Base.File == "" {
		return def, nil
	}
	var err error
	def.Base, err = resolve(tx, c, def.Base)
	return def, err
}

// check looks at all of a definition that needs no row.
func (s *Service) check(ctx context.Context, def petri.Definition, ch Change) error {
	if err := petri.CheckVariables(def.Variables); err != nil {
		return err
	}
	if ch.DryRun && len(ch.Attached) > 0 {
		return instructions.Refusal(instructions.CheckFiles(def.Instructions, ch.Attached))
	}
	if err := s.checkBaseFile(ctx, def.Base); err != nil {
		return err
	}
	paths, err := s.attached(ctx, def.Files)
	if err != nil {
		return err
	}
	return instructions.Refusal(instructions.CheckFiles(def.Instructions, paths))
}

// attached verifies a tree of attached files and lists it.
func (s *Service) attached(ctx context.Context, root petri.Digest) ([]string, error) {
	if root == "" {
		return nil, nil
	}
	err := s.checkTree(ctx, root)
	switch {
	case petri.KindOf(err) == petri.NotFound:
		return nil, petri.Wrap(petri.Invalid, err, "the attached files were not uploaded, or not all of them: send their blobs first")
	case err != nil:
		return nil, fmt.Errorf("check the attached files: %w", err)
	}
	var paths []string
	err = tree.Walk(ctx, s.readBlob, root, func(path string, _ tree.Entry) error {
		paths = append(paths, path)
		return nil
	})
	return paths, err
}

func (s *Service) checkBaseFile(ctx context.Context, base petri.Base) error {
	if base.Kind != petri.BaseFile || base.File == "" { // not sent yet: see DryRun
		return nil
	}
	size, err := s.blobs.Stat(ctx, base.File)
	switch {
	case petri.KindOf(err) == petri.NotFound:
		return petri.Errorf(petri.Invalid, "the base's file %s was not uploaded", nameOr(base.Ref, base.File.Short()))
	case err != nil:
		return fmt.Errorf("find the base's file: %w", err)
	case size == 0:
		return petri.Errorf(petri.Invalid, "the base's file %s is empty; give a root file system tar, a docker archive or an OCI layout tar", nameOr(base.Ref, base.File.Short()))
	}
	return nil
}

func nameOr(name, other string) string {
	if strings.TrimSpace(name) == "" {
		return other
	}
	return name
}
