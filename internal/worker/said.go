package worker

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/witness"
)

// said is what else is known of a run: what there was beside packages, what of it was loaded, and
// what the run said of itself. None of it is worth losing a run for.
type said struct {
	facts   petri.Digest
	loaded  petri.Digest
	metrics []petri.Metric
}

// gatherSaid keeps it. A file of metrics that is none is noted with what was left out.
func (a *attempt) gatherSaid(ctx context.Context, collected *files.Collected) (said, error) {
	var s said
	var err error
	if s.facts, err = keepIfThere(ctx, a, "facts", petri.Facts.Encode, func() (petri.Facts, error) { return witness.ReadFacts(a.io()) }); err != nil {
		return said{}, err
	}
	s.loaded, err = keepIfThere(ctx, a, "list of loaded packages", petri.PackageList.Encode, func() (petri.PackageList, error) {
		return witness.ReadPackages(a.io(), witness.LoadedFile)
	})
	if err != nil {
		return said{}, err
	}
	fromCommand, err := witness.ReadMetrics(a.io())
	if err != nil {
		a.log.Warn("metrics of a run cannot be read and are left out", "error", err)
	}
	fromFiles, err := a.fileMetrics(ctx, collected)
	if err != nil {
		return said{}, err
	}
	s.metrics = runs.MergeMetrics(fromFiles, fromCommand)
	return s, nil
}

// keepIfThere stores what the witness left; "" where it left none, or none that can be read.
func keepIfThere[T any](ctx context.Context, a *attempt, what string, encode func(T) []byte, read func() (T, error)) (petri.Digest, error) {
	value, err := read()
	if petri.KindOf(err) == petri.NotFound {
		return "", nil
	}
	if err != nil {
		a.log.Warn("the "+what+" of a run cannot be read and is left out", "error", err)
		return "", nil
	}
	digest, _, err := a.Blobs.Put(ctx, bytes.NewReader(encode(value)), "")
	if err != nil {
		return "", fmt.Errorf("keep the %s: %w", what, err)
	}
	return digest, nil
}

// fileMetrics reads the files of metrics that the run wrote. Where both say the same name,
// Petri's own counts.
func (a *attempt) fileMetrics(ctx context.Context, collected *files.Collected) ([]petri.Metric, error) {
	var all []petri.Metric
	for _, name := range []string{petri.DominoStatsFile, petri.MetricsFile} {
		for _, change := range collected.Changes {
			if change.Path != name || change.Change == "removed" {
				continue
			}
			content, err := a.readBlob(ctx, change.Digest, runs.MaxMetricsFile+1)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
			metrics, note := runs.FileMetrics(content)
			all = append(all, metrics...)
			if note != "" {
				collected.LeftOut = append(collected.LeftOut, petri.LeftOut{Path: name, Why: note})
			}
		}
	}
	return all, nil
}

// readBlob gives at most the first most bytes.
func (a *attempt) readBlob(ctx context.Context, d petri.Digest, most int64) ([]byte, error) {
	r, err := a.Blobs.Open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, most))
}
