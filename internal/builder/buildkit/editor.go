package buildkit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/proto"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/instructions"
)

// An editor stands between the Dockerfile frontend and the daemon. It changes what the
// frontend asks for where a Dockerfile has no words for it (certificates for the length of
// a step, line ends in variables), without a trace in the image's configuration.
type editor struct {
	gateway.Client
	trust        *trust
	base         string // the one image of Petri's own that the build may use
	onDefinition func(*pb.Definition)
}

// Solve is gateway.Client's.
func (e *editor) Solve(ctx context.Context, req gateway.SolveRequest) (*gateway.Result, error) {
	if req.Definition != nil {
		edited, err := e.edit(req.Definition)
		if err != nil {
			return nil, fmt.Errorf("edit the build: %w", err)
		}
		req.Definition = edited
		e.onDefinition(edited)
	}
	return e.Client.Solve(ctx, req)
}

// edit rewrites the commands in a definition. An operation is named by its digest, so each
// that changes renames itself in those that follow; the definition lists inputs first.
func (e *editor) edit(d *pb.Definition) (*pb.Definition, error) {
	renamed := map[string]string{}
	out := &pb.Definition{Metadata: map[string]*pb.OpMetadata{}, Source: d.Source.CloneVT()}
	for _, raw := range d.Def {
		var op pb.Op
		if err := op.UnmarshalVT(raw); err != nil {
			return nil, err
		}
		if err := e.refuseOwn(&op); err != nil {
			return nil, err
		}
		changed := e.editOp(&op)
		for _, input := range op.Inputs {
			if name, ok := renamed[input.Digest]; ok {
				input.Digest, changed = name, true
			}
		}
		before := digest.FromBytes(raw).String()
		after := before
		if changed {
			var err error
			if raw, err = (proto.MarshalOptions{Deterministic: true}).Marshal(&op); err != nil {
				return nil, err
			}
			after = digest.FromBytes(raw).String()
			renamed[before] = after
		}
		out.Def = append(out.Def, raw)
		carryOver(out, d, before, after, op.GetExec() != nil)
	}
	return out, nil
}

// refuseOwn keeps a build from the images of other environments, which its author perhaps may
// not see. The instructions were checked for that; this holds whatever they expand to.
func (e *editor) refuseOwn(op *pb.Op) error {
	name, isImage := strings.CutPrefix(op.GetSource().GetIdentifier(), "docker-image://")
	if !isImage || !strings.HasPrefix(name, instructions.OwnImages) {
		return nil
	}
	if name, _, _ = strings.Cut(name, "@"); name == e.base {
		return nil
	}
	return petri.Errorf(petri.Invalid, "%s", instructions.OwnImageRefusal(name))
}

// carryOver takes along what the definition says about an operation.
func carryOver(out, d *pb.Definition, before, after string, exec bool) {
	if meta, ok := d.Metadata[before]; ok {
		meta = meta.CloneVT()
		if exec && before != after {
			if meta.Caps == nil {
				meta.Caps = map[string]bool{}
			}
			meta.Caps[string(pb.CapExecMountSecret)] = true
		}
		out.Metadata[after] = meta
	}
	if out.Source == nil || before == after {
		return
	}
	if place, ok := out.Source.Locations[before]; ok {
		delete(out.Source.Locations, before)
		out.Source.Locations[after] = place
	}
}

func (e *editor) editOp(op *pb.Op) (changed bool) {
	run := op.GetExec()
	if run == nil || run.Meta == nil {
		return false
	}
	for i, variable := range run.Meta.Env {
		if shown := showLineEnds(variable); shown != variable {
			run.Meta.Env[i], changed = shown, true
		}
	}
	if len(e.trust.files) > 0 {
		e.trust.lend(run)
		changed = true
	}
	return changed
}

// dressImage puts the labels into the configuration of the image to be exported, and line
// ends back into its variables.
func dressImage(result *gateway.Result, labels map[string]string) error {
	for key, raw := range result.Metadata {
		if key != exptypes.ExporterImageConfigKey && !strings.HasPrefix(key, exptypes.ExporterImageConfigKey+"/") {
			continue
		}
		dressed, err := dressConfig(raw, labels)
		if err != nil {
			return fmt.Errorf("read the image's configuration: %w", err)
		}
		result.Metadata[key] = dressed
	}
	return nil
}

func dressConfig(raw []byte, labels map[string]string) ([]byte, error) {
	raw = []byte(showLineEndsInJSON(string(raw)))
	image, config, all := map[string]json.RawMessage{}, map[string]json.RawMessage{}, map[string]string{}
	if err := json.Unmarshal(raw, &image); err != nil {
		return nil, err
	}
	if err := unmarshalIfAny(image["config"], &config); err != nil {
		return nil, err
	}
	if err := unmarshalIfAny(config["Labels"], &all); err != nil {
		return nil, err
	}
	for name, value := range labels {
		all[name] = value
	}
	var err error
	if config["Labels"], err = json.Marshal(all); err != nil {
		return nil, err
	}
	if image["config"], err = json.Marshal(config); err != nil {
		return nil, err
	}
	return json.Marshal(image)
}

func unmarshalIfAny[T any](raw json.RawMessage, into *T) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return json.Unmarshal(raw, into)
}
