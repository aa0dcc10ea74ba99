package runs

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/tree"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// commits recomputes the ids of the run's commit and of its results from what they say.
func (e *evidence) commits(context.Context) (string, error) {
	if got := e.commit.ID(); got != e.says.Commit.ID {
		return "", wrong("the commit was altered: what it says has id %s, and the record names %s", got.Short(), e.says.Commit.ID.Short())
	}
	if e.commit.Tree != e.says.Commit.Tree {
		return "", wrong("the commit's tree is %s, and the record names %s", e.commit.Tree.Short(), e.says.Commit.Tree.Short())
	}
	if e.says.Results.Commit == "" {
		return e.says.Commit.ID.Short() + ", without results", nil
	}
	switch {
	case e.resultsErr != nil:
		return "", wrong("the results commit %s is not there", e.says.Results.Commit.Short())
	case e.results.ID() != e.says.Results.Commit:
		return "", wrong("the results commit was altered: what it says has id %s, and the record names %s", e.results.ID().Short(), e.says.Results.Commit.Short())
	case e.results.Tree != e.says.Results.Tree:
		return "", wrong("the results' tree is %s, and the record names %s", e.results.Tree.Short(), e.says.Results.Tree.Short())
	case !slices.Contains(e.results.Parents, e.says.Commit.ID):
		return "", wrong("the results commit does not descend from the run's commit")
	}
	return e.says.Commit.ID.Short() + ", results " + e.says.Results.Commit.Short(), nil
}

func (e *evidence) code(ctx context.Context) (string, error) {
	return e.tree(ctx, e.says.Commit.Tree)
}

func (e *evidence) resultFiles(ctx context.Context) (string, error) {
	if e.says.Results.Commit == "" {
		return "none", nil
	}
	return e.tree(ctx, e.says.Results.Tree)
}

func (e *evidence) log(ctx context.Context) (string, error) {
	if e.says.Log.Digest == "" {
		return "none", nil
	}
	size, err := e.blob(ctx, e.says.Log.Digest)
	if err != nil {
		return "", err
	}
	if size != e.says.Log.Bytes {
		return "", wrong("the log has %d bytes, and the record says %d", size, e.says.Log.Bytes)
	}
	return fmt.Sprintf("%d bytes", size), nil
}

func (e *evidence) packages(ctx context.Context) (string, error) {
	lists := e.says.Packages
	counts := [3]int{}
	for i, digest := range []petri.Digest{lists.Start, lists.End, lists.Loaded} {
		if digest == "" {
			continue
		}
		text, err := e.readBlob(ctx, digest)
		if petri.KindOf(err) == petri.NotFound {
			return "", wrong("the package list %s is missing", digest.Short())
		}
		if err != nil {
			return "", err
		}
		list, err := petri.DecodePackageList(text)
		if err != nil {
			return "", err
		}
		counts[i] = len(list)
	}
	detail := fmt.Sprintf("%d at the start, %d at the end", counts[0], counts[1])
	if lists.Loaded != "" {
		detail += fmt.Sprintf(", %d loaded", counts[2])
	}
	return detail, nil
}

func (e *evidence) facts(ctx context.Context) (string, error) {
	digest := e.says.Facts
	if digest == "" {
		return "none", nil
	}
	text, err := e.readBlob(ctx, digest)
	if petri.KindOf(err) == petri.NotFound {
		return "", wrong("the facts %s are missing", digest.Short())
	}
	if err != nil {
		return "", err
	}
	facts, err := petri.DecodeFacts(text)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d", len(facts)), nil
}

// hashers is how many files are read at once.
const hashers = 4

// maxNamed is how many altered or missing files are named.
const maxNamed = 5

// tree hashes every folder and file below root anew, each blob once.
func (e *evidence) tree(ctx context.Context, root petri.Digest) (string, error) {
	t := treeCheck{evidence: e, work: make(chan fileBlob, 64)}
	var hashing sync.WaitGroup
	for range hashers {
		hashing.Go(func() { t.hash(ctx) })
	}
	files := 0
	err := tree.Walk(ctx, e.readBlob, root, func(path string, entry tree.Entry) error {
		if entry.Kind == tree.Folder {
			return nil // it is read, and so checked, next
		}
		files++
		if !e.seen[entry.Digest] {
			e.seen[entry.Digest] = true
			t.work <- fileBlob{path, entry}
		}
		return nil
	})
	close(t.work)
	hashing.Wait()
	if err != nil {
		return "", wrong("a folder below %s cannot be read: %s", root.Short(), petri.MessageOf(err))
	}
	if len(t.faults) > 0 {
		slices.Sort(t.faults)
		return "", wrong("%d of %d files are not what they were: %s", len(t.faults), files, some(t.faults))
	}
	return fmt.Sprintf("%d files", files), nil
}

type fileBlob struct {
	path  string
	entry tree.Entry
}

type treeCheck struct {
	*evidence
	work   chan fileBlob
	mu     sync.Mutex
	faults []string
}

func (t *treeCheck) hash(ctx context.Context) {
	for file := range t.work {
		size, err := t.blob(ctx, file.entry.Digest)
		if err == nil && size != file.entry.Size {
			err = wrong("it has %d bytes, not %d", size, file.entry.Size)
		}
		if err != nil {
			t.mu.Lock()
			t.faults = append(t.faults, fmt.Sprintf("%q (%s)", file.path, petri.MessageOf(err)))
			t.mu.Unlock()
		}
	}
}

// blob hashes one blob anew and gives its size.
func (e *evidence) blob(ctx context.Context, d petri.Digest) (int64, error) {
	r, err := e.blobs.Open(ctx, d)
	if petri.KindOf(err) == petri.NotFound {
		return 0, wrong("blob %s is missing", d.Short())
	}
	if err != nil {
		return 0, err
	}
	defer r.Close()
	h := sha256.New()
	size, err := io.Copy(h, readerOf(ctx, r))
	if err != nil {
		return 0, err
	}
	if got := petri.DigestHash(h); got != d {
		return 0, wrong("blob %s was altered: its content has digest %s", d.Short(), got.Short())
	}
	return size, nil
}

// readerOf reads r until ctx ends.
func readerOf(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func some(names []string) string {
	text := ""
	for i, name := range names {
		if i == maxNamed {
			return text + ", …"
		}
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}
