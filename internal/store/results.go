package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/petri-dev/petri"
)

// resultChanges keeps what a run changed as JSON. Linux allows names that are not UTF-8; they are
// kept as bytes.
type resultChanges struct{ to *[]petri.ResultChange }

type keptChange struct {
	Path   string       `json:"p,omitempty"`
	Raw    []byte       `json:"raw,omitempty"`
	Change string       `json:"c"`
	Bytes  int64        `json:"n,omitempty"`
	Digest petri.Digest `json:"d,omitempty"`
}

// Value implements driver.Valuer.
func (r resultChanges) Value() (driver.Value, error) {
	if len(*r.to) == 0 {
		return "", nil
	}
	kept := make([]keptChange, len(*r.to))
	for i, c := range *r.to {
		kept[i] = keptChange{Path: c.Path, Change: c.Change, Bytes: c.Bytes, Digest: c.Digest}
		if !utf8.ValidString(c.Path) {
			kept[i].Path, kept[i].Raw = "", []byte(c.Path)
		}
	}
	b, err := json.Marshal(kept)
	return string(b), err
}

// Scan implements sql.Scanner.
func (r resultChanges) Scan(src any) error {
	*r.to = nil
	var kept []keptChange
	if err := (asJSON{&kept}).Scan(src); err != nil {
		return fmt.Errorf("result changes: %w", err)
	}
	for _, k := range kept {
		if k.Raw != nil {
			k.Path = string(k.Raw)
		}
		*r.to = append(*r.to, petri.ResultChange{Path: k.Path, Change: k.Change, Bytes: k.Bytes, Digest: k.Digest})
	}
	return nil
}
