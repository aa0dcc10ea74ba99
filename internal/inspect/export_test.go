package inspect

import (
	"bytes"

	"github.com/petri-dev/petri"
)

// RPMRows reads a database as readRPM does, for fuzzers: kind is its file's name.
func RPMRows(kind string, database, log []byte) []petri.Package {
	file := newOpened(bytes.NewReader(database), int64(len(database)))
	return rpmRows(rpmHeaders(rpmDatabase(kind, file, newOpened(bytes.NewReader(log), int64(len(log))))))
}
