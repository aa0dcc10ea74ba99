package petri

import (
	"encoding/json"
	"unicode/utf8"
)

// JSON has no names that are not UTF-8, which Linux allows. A record shows such a path with
// replacement characters and holds it whole, in base64, in path_bytes.

// MarshalJSON implements json.Marshaler.
func (c ResultChange) MarshalJSON() ([]byte, error) {
	type plain ResultChange
	return json.Marshal(struct {
		plain
		PathBytes []byte `json:"path_bytes,omitempty"`
	}{plain(c), unlessUTF8(c.Path)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *ResultChange) UnmarshalJSON(text []byte) error {
	type plain ResultChange
	if err := json.Unmarshal(text, (*plain)(c)); err != nil {
		return err
	}
	return wholePath(text, &c.Path)
}

// MarshalJSON implements json.Marshaler.
func (l LeftOut) MarshalJSON() ([]byte, error) {
	type plain LeftOut
	return json.Marshal(struct {
		plain
		PathBytes []byte `json:"path_bytes,omitempty"`
	}{plain(l), unlessUTF8(l.Path)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *LeftOut) UnmarshalJSON(text []byte) error {
	type plain LeftOut
	if err := json.Unmarshal(text, (*plain)(l)); err != nil {
		return err
	}
	return wholePath(text, &l.Path)
}

func unlessUTF8(path string) []byte {
	if utf8.ValidString(path) {
		return nil
	}
	return []byte(path)
}

// wholePath sets path to path_bytes, where text has it.
func wholePath(text []byte, path *string) error {
	var whole struct {
		PathBytes []byte `json:"path_bytes"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return err
	}
	if whole.PathBytes != nil {
		*path = string(whole.PathBytes)
	}
	return nil
}
