package trials

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/explain"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/tree"
)

// How much of a commit's code is looked into for causes.
const (
	maxSources     = 100
	maxSource      = 256 << 10
	maxSourceBytes = 2 << 20
	maxLooked      = 20_000
)

// causes are likely reasons for a difference; the code is only looked into where there is one.
func (s *Service) causes(ctx context.Context, a, b petri.Run, c petri.Comparison) ([]petri.Cause, error) {
	in := explain.Input{A: a, B: b, Comparison: c}
	if c.Verdict == petri.Same {
		return explain.Causes(in), nil
	}
	var err error
	if in.Code, err = s.sources(ctx, b.ProjectID, b.Commit, b.Spec.Command); err != nil {
		return nil, fmt.Errorf("look into the code of %s: %w", b.Ref, err)
	}
	return explain.Causes(in), nil
}

// errEnough ends a walk that has looked at enough.
var errEnough = errors.New("enough")

// sources are the scripts of a commit that can be looked into, those that a command names first; a
// large tree is only looked at in part.
func (s *Service) sources(ctx context.Context, project petri.ProjectID, id petri.CommitID, command []string) ([]explain.Source, error) {
	commit, err := s.commit(ctx, project, id)
	if err != nil {
		return nil, err
	}
	var found []files.File
	looked := 0
	err = s.files.Walk(ctx, commit.Tree, func(f files.File) error {
		if looked++; looked > maxLooked {
			return errEnough
		}
		if f.Kind == tree.File && f.Size <= maxSource && explain.Readable(f.Path) {
			found = append(found, f)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	inline, held := explain.Inline(command)
	if held { // of the commit only what that may load
		found = slices.DeleteFunc(found, func(f files.File) bool {
			stem := strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
			return !strings.Contains(inline.Text, stem)
		})
	}
	words := strings.Join(command, " ")
	slices.SortStableFunc(found, func(a, b files.File) int {
		x, y := strings.Contains(words, a.Path), strings.Contains(words, b.Path)
		switch {
		case x && !y:
			return -1
		case y && !x:
			return 1
		}
		return 0
	})
	sources, err := s.readSources(ctx, found)
	if held {
		sources = append([]explain.Source{inline}, sources...)
	}
	return sources, err
}

func (s *Service) readSources(ctx context.Context, found []files.File) ([]explain.Source, error) {
	var sources []explain.Source
	left := int64(maxSourceBytes)
	for _, f := range found {
		if len(sources) == maxSources || f.Size > left {
			break
		}
		left -= f.Size
		r, err := s.blobs.Open(ctx, f.Digest)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(r, f.Size))
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
		sources = append(sources, explain.Source{Path: f.Path, Text: string(b)})
	}
	return sources, nil
}
