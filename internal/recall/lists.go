package recall

import (
	"context"
	"io"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/blob"
	"github.com/petri-dev/petri/internal/store"
)

// Lists are package lists that were read and are to be entered.
type Lists map[petri.Digest]petri.PackageList

// Read reads those of some lists that the index does not have yet, before the transaction that
// names them begins. One that cannot be read now is no reason to hold up a seal: it is left out, and
// stays for Backfill, which says why it cannot.
func Read(ctx context.Context, db *store.DB, blobs blob.Store, digests ...petri.Digest) Lists {
	lists := Lists{}
	err := db.View(ctx, func(tx *store.Tx) error {
		for _, digest := range digests {
			done, err := tx.Packages().Indexed(digest)
			if err != nil {
				return err
			}
			if !done {
				lists[digest] = nil
			}
		}
		return nil
	})
	if err != nil {
		return nil
	}
	for digest := range lists {
		list, err := read(ctx, blobs, digest)
		if err != nil {
			delete(lists, digest)
			continue
		}
		lists[digest] = list
	}
	return lists
}

// Index enters the lists.
func (l Lists) Index(tx *store.Tx) error {
	for digest, list := range l {
		if err := tx.Packages().Index(digest, list); err != nil {
			return err
		}
	}
	return nil
}

func read(ctx context.Context, blobs blob.Store, digest petri.Digest) (petri.PackageList, error) {
	r, err := blobs.Open(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return petri.DecodePackageList(text)
}
