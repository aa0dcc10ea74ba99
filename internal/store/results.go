package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/petri-dev/petri"
)

// resultChanges keeps what a run changed, and what it made that could not be kept, as one list
// in JSON. Linux allows names that are not UTF-8; they are kept as bytes.
type resultChanges struct {
	to      *[]petri.ResultChange
	leftOut *[]petri.LeftOut
}

type keptChange struct {
	Path   string       `json:"p,omitempty"`
	Raw    []byte       `json:"raw,omitempty"`
	Change string       `json:"c,omitempty"`
	Why    string       `json:"w,omitempty"` // it was left out, for this reason
	Bytes  int64        `json:"n,omitempty"`
	Digest petri.Digest `json:"d,omitempty"`
}

// Value implements driver.Valuer.
func (r resultChanges) Value() (driver.Value, error) {
	if len(*r.to)+len(*r.leftOut) == 0 {
		return "", nil
	}
	kept := make([]keptChange, 0, len(*r.to)+len(*r.leftOut))
	for _, c := range *r.to {
		kept = append(kept, keptChange{Path: c.Path, Change: c.Change, Bytes: c.Bytes, Digest: c.Digest})
	}
	for _, l := range *r.leftOut {
		kept = append(kept, keptChange{Path: l.Path, Why: l.Why})
	}
	for i, k := range kept {
		if !utf8.ValidString(k.Path) {
			kept[i].Path, kept[i].Raw = "", []byte(k.Path)
		}
	}
	b, err := json.Marshal(kept)
	return string(b), err
}

// Scan implements sql.Scanner.
func (r resultChanges) Scan(src any) error {
	*r.to, *r.leftOut = nil, nil
	var kept []keptChange
	if err := (asJSON{&kept}).Scan(src); err != nil {
		return fmt.Errorf("result changes: %w", err)
	}
	for _, k := range kept {
		if k.Raw != nil {
			k.Path = string(k.Raw)
		}
		if k.Why != "" {
			*r.leftOut = append(*r.leftOut, petri.LeftOut{Path: k.Path, Why: k.Why})
			continue
		}
		*r.to = append(*r.to, petri.ResultChange{Path: k.Path, Change: k.Change, Bytes: k.Bytes, Digest: k.Digest})
	}
	return nil
}

// resultFiles counts the files that a run left, so not those that it removed.
func resultFiles(changes []petri.ResultChange) int {
	n := 0
	for _, c := range changes {
		if c.Change != "removed" {
			n++
		}
	}
	return n
}
