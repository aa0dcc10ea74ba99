package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/gowebpki/jcs"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/petri-dev/petri"
)

// workingFolder is where a run's project stands in its container.
const workingFolder = "/work"

// account is what a record says beyond what the rows of run, revision and commit hold.
type account struct {
	sequence    int
	previous    petri.Digest
	server      string
	host        petri.HostFacts
	logBytes    int64
	resultsTree petri.Digest
	leftOut     []petri.LeftOut
}

// compose writes the record of a run that has ended. It is pure: the same rows and the same
// account give the same record, at any time, which is how Verify sees whether rows were altered.
func compose(run petri.Run, revision petri.Revision, commit petri.Commit, a account) petri.Record {
	o := run.Outcome
	return petri.Record{
		Type: petri.RecordType, Run: run.Ref.String(), Sequence: a.sequence, Previous: a.previous, Server: a.server,
		CreatedBy: run.CreatedBy, Origin: run.Origin, RerunOf: run.RerunOf, Title: run.Spec.Title, Tags: list(run.Spec.Tags),
		Project: run.Ref.Project.String(), Commit: petri.RecordCommit{ID: run.Commit, Tree: commit.Tree, Git: commit.Git},
		Command: list(run.Spec.Command), WorkingDir: workingFolder, Variables: variables(run.Spec.Variables),
		Environment: petri.RecordEnvironment{
			Ref: run.Environment.String(), Definition: revision.Definition.Digest(), Image: run.Image,
			Base: revision.Definition.Base.Ref, BaseDigest: revision.Definition.Base.Digest,
		},
		Resources: petri.RecordResources{
			CPUs: run.Spec.CPUs, MemoryBytes: run.Spec.MemoryBytes, GPUs: run.Spec.GPUs,
			TimeoutSeconds: run.Spec.Timeout.Seconds(), Network: run.Spec.Network,
			WallSeconds: o.Wall.Seconds(), CPUSeconds: o.CPU.Seconds(), PeakMemoryBytes: o.PeakMemoryBytes,
		},
		Host: withLists(a.host),
		Times: petri.RecordTimes{
			Queued: petri.FormatTime(run.CreatedAt), Started: petri.FormatTime(run.StartedAt),
			Finished: petri.FormatTime(run.FinishedAt), Sealed: petri.FormatTime(run.SealedAt),
		},
		Outcome: petri.RecordOutcome{
			Status: run.Status, ExitCode: o.ExitCode, Signal: o.Signal, OOMKilled: o.OOMKilled, TimedOut: o.TimedOut,
			DiskFull: o.DiskFull, StoppedBy: stoppedBy(run), StartError: o.StartError,
		},
		Packages: petri.RecordPackages{Start: run.PackagesBefore, End: run.PackagesAfter, Changed: run.EnvironmentChanged(), Loaded: run.Loaded},
		Log:      petri.RecordLog{Digest: run.Log, Bytes: a.logBytes},
		Results:  petri.RecordResults{Commit: run.Results, Tree: a.resultsTree, Changes: list(run.ResultChanges), LeftOut: list(a.leftOut)},
		Check:    run.Check, Facts: run.Facts, Metrics: slices.Clone(run.Metrics),
	}
}

// stoppedBy names who stopped it, where that is how it ended.
func stoppedBy(run petri.Run) string {
	if !run.Outcome.Stopped {
		return ""
	}
	return run.StopRequestedBy
}

// list is l, but never null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return slices.Clone(l)
}

func variables(vars map[string]string) map[string]string {
	if vars == nil {
		return map[string]string{}
	}
	return maps.Clone(vars)
}

func withLists(host petri.HostFacts) petri.HostFacts {
	host.GPUs = list(host.GPUs)
	return host
}

// canonical is a record's bytes: JSON by RFC 8785.
func canonical(record petri.Record) ([]byte, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("encode the record: %w", err)
	}
	document, err := jcs.Transform(text)
	if err != nil {
		return nil, fmt.Errorf("bring the record into canonical form: %w", err)
	}
	return document, nil
}

// sign gives the envelope (DSSE) of a record's bytes.
func (s *Service) sign(ctx context.Context, document []byte) ([]byte, error) {
	signer, err := dsse.NewEnvelopeSigner(s.key)
	if err != nil {
		return nil, fmt.Errorf("sign the record: %w", err)
	}
	envelope, err := signer.SignPayload(ctx, petri.RecordPayloadType, document)
	if err != nil {
		return nil, fmt.Errorf("sign the record: %w", err)
	}
	text, err := json.Marshal(envelope)
	if err != nil {
		return nil, fmt.Errorf("encode the record's envelope: %w", err)
	}
	return text, nil
}
