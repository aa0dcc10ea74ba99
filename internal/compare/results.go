package compare

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/compare/kind"
	"github.com/petri-dev/petri/internal/tree"
)

const removed = "removed"

const (
	crew      = 4     // files looked into at once
	maxLooked = 5_000 // files looked into at all
)

// resultFile is what a run left of a file: what it wrote, or what it left as it was.
type resultFile struct {
	content
	there bool
	deed  string // added, changed or removed; "" for one that it left alone
	link  bool   // a symbolic link, whose content is its target
}

// results compares result files by path, in order of path: those that either run added, changed
// or removed. A file that one of them left alone is as the run's commit has it.
func results(ctx context.Context, a, b Side, rules petri.Rules, open Open) ([]petri.FileComparison, error) {
	r := newResults(open, rules)
	filesA, filesB := r.counted(a.Run.ResultChanges), r.counted(b.Run.ResultChanges)
	paths := slices.AppendSeq(slices.Collect(maps.Keys(filesA)), maps.Keys(filesB))
	slices.Sort(paths)
	paths = slices.Compact(paths)
	compared := make([]petri.FileComparison, len(paths))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(crew)
	looked := 0
	for i, path := range paths {
		x, errA := r.file(ctx, filesA, a.Code, path)
		y, errB := r.file(ctx, filesB, b.Code, path)
		if err := errors.Join(errA, errB); err != nil {
			return nil, errors.Join(err, group.Wait())
		}
		compared[i] = atOnce(path, x, y)
		if compared[i].Verdict != "" {
			continue
		}
		if looked++; looked > maxLooked {
			compared[i] = notLooked(path, x, y)
			continue
		}
		if err := errors.Join(r.seeLink(ctx, a.Results, path, &x), r.seeLink(ctx, b.Results, path, &y)); err != nil {
			return nil, errors.Join(err, group.Wait())
		}
		group.Go(func() error { return r.look(ctx, &compared[i], x, y) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	bound := newAllowance()
	for i := range compared {
		bound.cut(&compared[i])
	}
	return compared, nil
}

func notLooked(path string, a, b resultFile) petri.FileComparison {
	return petri.FileComparison{
		Path: path, Verdict: petri.Different,
		Summary: fmt.Sprintf("%s in A, %s in B; not looked into, for more than %s differ", kind.Count(a.bytes, "byte"), kind.Grouped(b.bytes), kind.Count(maxLooked, "file")),
	}
}

type resultsOf struct {
	open    Open
	rules   petri.Rules
	folders map[petri.Digest][]byte // those that were read, for the next path; not concurrently
	broken  error                   // a folder could not be read
	contents
}

func newResults(open Open, rules petri.Rules) *resultsOf {
	return &resultsOf{open: open, rules: rules, folders: map[petri.Digest][]byte{}}
}

// counted are the changes that count, by path.
func (r *resultsOf) counted(changes []petri.ResultChange) map[string]petri.ResultChange {
	files := make(map[string]petri.ResultChange, len(changes))
	for _, c := range changes {
		if r.rules.Counts(c.Path) {
			files[c.Path] = c
		}
	}
	return files
}

// file is what a run left of the file at path.
func (r *resultsOf) file(ctx context.Context, changes map[string]petri.ResultChange, code petri.Digest, path string) (resultFile, error) {
	if c, changed := changes[path]; changed {
		return resultFile{content: content{digest: c.Digest, bytes: c.Bytes}, there: c.Change != removed, deed: c.Change}, nil
	}
	if code == "" {
		return resultFile{}, nil
	}
	e, err := tree.Lookup(ctx, r.folder, code, path)
	switch {
	case r.broken != nil:
		return resultFile{}, fmt.Errorf("look up %s in the code: %w", path, r.broken)
	case petri.KindOf(err) == petri.NotFound, err == nil && e.Kind == tree.Folder:
		return resultFile{}, nil
	case err != nil:
		return resultFile{}, fmt.Errorf("look up %s in the code: %w", path, err)
	}
	return resultFile{content: piece(&e), there: true, link: e.Kind == tree.Link}, nil
}

func (r *resultsOf) folder(ctx context.Context, d petri.Digest) ([]byte, error) {
	if b, read := r.folders[d]; read {
		return b, nil
	}
	b, err := source(r.open)(ctx, d)
	if err != nil {
		r.broken = err
		return nil, err
	}
	r.folders[d] = b
	return b, nil
}

// atOnce compares what need not be opened. The verdict is "" where contents must be looked into.
func atOnce(path string, a, b resultFile) petri.FileComparison {
	f := petri.FileComparison{Path: path}
	switch {
	case !a.there && !b.there, a.there && b.there && a.digest == b.digest:
		f.Verdict = petri.Same
	case !a.there:
		f.Verdict = petri.Different
		f.Summary = onlyIn("B", b, a)
	case !b.there:
		f.Verdict = petri.Different
		f.Summary = onlyIn("A", a, b)
	}
	return f
}

// onlyIn says that a file is only in one of the runs, and what became of it in the other.
func onlyIn(side string, here, gone resultFile) string {
	what := "left as it was"
	if here.deed != "" {
		what = here.deed + ", " + kind.Count(here.bytes, "byte")
	}
	text := fmt.Sprintf("only in %s: %s", side, what)
	if gone.deed == removed {
		other := "B"
		if side == "B" {
			other = "A"
		}
		text += "; removed in " + other
	}
	return text
}

// look compares two contents.
func (r *resultsOf) look(ctx context.Context, f *petri.FileComparison, a, b resultFile) error {
	if a.link || b.link {
		found, err := r.links(ctx, f.Path, a, b)
		*f = found
		return err
	}
	left, closeA, err := opened(ctx, r.open, f.Path, a.content)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Path, err)
	}
	defer closeA()
	right, closeB, err := opened(ctx, r.open, f.Path, b.content)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Path, err)
	}
	defer closeB()
	found, err := r.compare(ctx, left, right, r.rules.For(f.Path))
	if err != nil {
		return fmt.Errorf("compare %s: %w", f.Path, err)
	}
	found.Path = f.Path
	if a.deed == "" {
		found.Summary = joinWords(found.Summary, "A left it as it was")
	}
	if b.deed == "" {
		found.Summary = joinWords(found.Summary, "B left it as it was")
	}
	*f = found
	return nil
}

func joinWords(summary, more string) string {
	if summary == "" {
		return more
	}
	return summary + "; " + more
}
