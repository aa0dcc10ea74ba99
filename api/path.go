package api

import "unicode/utf8"

// FilePath is a file's name below the project's root. Linux allows names that are not UTF-8,
// JSON does not: such a name stands whole in path_bytes, and path shows it with replacement
// characters.
type FilePath struct {
	Path      string `json:"path"`
	PathBytes []byte `json:"path_bytes,omitempty" doc:"the whole path, in base64, where it is not UTF-8"`
}

// NewFilePath is name as the API writes it.
func NewFilePath(name string) FilePath {
	if utf8.ValidString(name) {
		return FilePath{Path: name}
	}
	return FilePath{Path: name, PathBytes: []byte(name)}
}

// Name is the path as the file system knows it.
func (p FilePath) Name() string {
	if p.PathBytes != nil {
		return string(p.PathBytes)
	}
	return p.Path
}
