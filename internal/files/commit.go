package files

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// CheckTree verifies everything below root as a stranger's: canonical folders, names, links,
// depth, sizes, limits, and that every blob is here. Kind: invalid.
func (f *Files) CheckTree(ctx context.Context, root petri.Digest) error {
	_, err := f.verify(ctx, "", root)
	return err
}

// verify checks what in root differs from trusted, a tree that was checked before; "" for none.
func (f *Files) verify(ctx context.Context, trusted, root petri.Digest) (tree.Totals, error) {
	if _, err := petri.ParseDigest(string(root)); err != nil {
		return tree.Totals{}, err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	checker := tree.Checker{Source: f.source, Leaves: func(leaves []tree.Leaf) error {
		group.Go(func() error { return f.checkLeaves(groupCtx, leaves) })
		return groupCtx.Err()
	}}
	totals, err := f.check(ctx, &checker, trusted, root)
	if failed := group.Wait(); failed != nil {
		err = failed // the cause, where err is only that the group has ended
	}
	if petri.KindOf(err) == petri.NotFound {
		err = petri.Wrap(petri.Invalid, err, "the tree is not whole: %s; upload what is missing first", petri.MessageOf(err))
	}
	if err != nil {
		return tree.Totals{}, fmt.Errorf("check tree %s: %w", root.Short(), err)
	}
	f.remember(root, totals)
	return totals, nil
}

func (f *Files) check(ctx context.Context, c *tree.Checker, trusted, root petri.Digest) (tree.Totals, error) {
	if trusted == "" {
		return c.Check(ctx, root)
	}
	totals, err := f.measure(ctx, trusted)
	if err != nil {
		return tree.Totals{}, err
	}
	return c.CheckChange(ctx, trusted, totals, root)
}

// checkLeaves looks up the blobs of files and links.
func (f *Files) checkLeaves(ctx context.Context, leaves []tree.Leaf) error {
	for _, l := range leaves {
		size, err := f.blobs.Stat(ctx, l.Digest)
		if petri.KindOf(err) == petri.NotFound {
			return petri.Wrap(petri.Invalid, err, "the content of %q was not uploaded (blob %s); upload what is missing first", l.Path, l.Digest.Short())
		}
		if err != nil {
			return err
		}
		if size != l.Size {
			return petri.Errorf(petri.Invalid, "the tree says that %q has %d bytes, but its content has %d", l.Path, l.Size, size)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

const maxMessage = 64 << 10

// Commit verifies c's tree, as far as it differs from parent's, and makes it the project's
// head. It sets c's parent, totals and, where it is zero, time; totals that were given must be true.
// Kinds: invalid for a bad tree, conflict when the head is not parent.
func (f *Files) Commit(ctx context.Context, project petri.Project, parent petri.CommitID, c petri.Commit) (petri.CommitID, error) {
	if len(c.Message) > maxMessage {
		return "", petri.Errorf(petri.Invalid, "the message is longer than %d KiB", maxMessage>>10)
	}
	trusted, err := f.parentTree(ctx, project, parent)
	if err != nil {
		return "", err
	}
	totals, err := f.verify(ctx, trusted, c.Tree)
	if err != nil {
		return "", err
	}
	if c.Files != 0 && c.Files != totals.Files || c.Bytes != 0 && c.Bytes != totals.Bytes {
		return "", petri.Errorf(petri.Invalid, "the commit says %d files with %d bytes, but its tree has %d with %d", c.Files, c.Bytes, totals.Files, totals.Bytes)
	}
	c.Files, c.Bytes, c.Parents = totals.Files, totals.Bytes, nil
	if parent != "" {
		c.Parents = []petri.CommitID{parent}
	}
	return f.accept(ctx, project, parent, c)
}

// parentTree is the tree of a commit's parent, "" for none.
func (f *Files) parentTree(ctx context.Context, project petri.Project, parent petri.CommitID) (root petri.Digest, err error) {
	err = f.db.View(ctx, func(tx *store.Tx) error {
		now, err := tx.Projects().ByID(project.ID)
		if err != nil {
			return err
		}
		if now.Head != parent {
			return movedHead(now, parent)
		}
		if parent == "" {
			return nil
		}
		c, err := tx.Commits().ByID(project.ID, parent)
		root = c.Tree
		return err
	})
	return root, err
}

func movedHead(p petri.Project, parent petri.CommitID) error {
	if p.Head == "" {
		return petri.Errorf(petri.Conflict, "project %s has no commit yet, and this one was made on %s", p.Ref(), parent.Short())
	}
	return petri.Errorf(petri.Conflict, "somebody else has committed to %s meanwhile: its head is %s; pull, and try again", p.Ref(), p.Head.Short())
}

// accept keeps a verified commit and moves the head to it.
func (f *Files) accept(ctx context.Context, project petri.Project, parent petri.CommitID, c petri.Commit) (petri.CommitID, error) {
	if c.CreatedAt.IsZero() {
		c.CreatedAt = f.now()
	}
	c.CreatedAt = c.CreatedAt.UTC().Truncate(time.Microsecond)
	if _, err := f.blobs.PutBytes(c.Encode()); err != nil {
		return "", fmt.Errorf("keep a commit: %w", err)
	}
	id := c.ID()
	err := f.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Commits().Insert(project.ID, c); err != nil {
			return err
		}
		return tx.Projects().SetHead(project.ID, parent, id)
	})
	if err != nil {
		return "", fmt.Errorf("accept a commit: %w", err)
	}
	f.syncer.start(f.blobs.Sync)
	return id, nil
}

// Resolve finds the commit that spec means in a project: head (or nothing), or a prefix of an
// id. Kinds: not_found; conflict where a prefix is ambiguous; invalid for what is no commit.
func (f *Files) Resolve(ctx context.Context, project petri.Project, spec string) (id petri.CommitID, c petri.Commit, err error) {
	err = f.db.View(ctx, func(tx *store.Tx) error {
		if spec != "" && spec != "head" {
			c, err = tx.Commits().ByPrefix(project.ID, spec)
			return err
		}
		now, err := tx.Projects().ByID(project.ID)
		if err != nil {
			return err
		}
		if now.Head == "" {
			return petri.Errorf(petri.NotFound, "project %s has no commit yet: push its files first", now.Ref())
		}
		c, err = tx.Commits().ByID(project.ID, now.Head)
		return err
	})
	if err != nil {
		return "", petri.Commit{}, err
	}
	return c.ID(), c, nil
}
