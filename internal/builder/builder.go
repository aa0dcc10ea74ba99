// Package builder is the seam to what turns a definition into an image. builder/buildkit
// drives BuildKit inside Docker; builder/fake plays one.
//
// The worker is its only caller. A builder knows no environments: it resolves a base,
// builds on it, and reports each step as it happens.
package builder

import (
	"context"
	"fmt"

	"github.com/petri-dev/petri"
)

// Builder makes images. All methods may be called concurrently. When the engine is away the
// error's kind is unavailable.
type Builder interface {
	// Resolve finds the image that a base stands for, pulling or importing it if it is not there.
	// Kind not_found where there is none, invalid where the file is no image or root file system.
	Resolve(ctx context.Context, base Base, progress Progress) (Image, error)
	// Build makes an image and gives it req.Name. It stops within a second of ctx's end and then
	// leaves nothing behind but cache. A step of the user's that fails is a *StepError; all
	// else has a kind.
	Build(ctx context.Context, req Request, progress Progress) (Image, error)
	// Find looks up an image by config digest, with name as hint. Kind: not_found.
	Find(ctx context.Context, digest petri.Digest, name string) (Image, error)
	// Tag gives an image another name, taking the name from whatever had it.
	Tag(ctx context.Context, digest petri.Digest, name string) error
}

// Progress receives events in order, one call at a time. It must not block for long. Step
// numbers count from 1 within one call of Resolve or Build.
type Progress func(petri.BuildEvent)

// Base is what to start from.
type Base struct {
	Kind petri.BaseKind
	// Ref is an image reference (kind image) or, for kind revision, the name of that revision's image.
	Ref string
	// Digest, where it is known, pins the config digest the base must have.
	Digest petri.Digest
	// Path is the uploaded file on this machine (kind file).
	Path string
}

// Image is an image that the engine has.
type Image struct {
	Digest petri.Digest // of its configuration
	Name   string       // a tag by which FROM and the engine find it
	Bytes  int64
	// User is what its configuration says, verbatim; "" for none.
	User string
	// Env is its environment, NAME=value.
	Env    []string
	Labels map[string]string
}

// Request is one build.
type Request struct {
	Base         Image
	Instructions string
	// Context is a folder with the attached files; "" for none.
	Context   string
	Variables map[string]string
	Labels    map[string]string
	// Name is the tag to give the image.
	Name    string
	NoCache bool
}

// StepError is an instruction of the user's that failed.
type StepError struct {
	Instruction string
	Line        int // in the user's instructions, from 1
	ExitCode    int // of the command; 0 where none ran
	// Message is the reason where it is not an exit code: a file to copy that is not there.
	Message string
	// Output is the end of what it printed.
	Output string
}

func (e *StepError) Error() string {
	if e.ExitCode != 0 {
		return fmt.Sprintf("line %d failed with exit code %d: %s", e.Line, e.ExitCode, e.Instruction)
	}
	return fmt.Sprintf("line %d failed: %s: %s", e.Line, e.Instruction, e.Message)
}
