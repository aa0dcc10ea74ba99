// Package document compares documents by their structure: JSON, JSON Lines and notebooks.
//
// compare calls its comparers, each a kind.Comparer. JSON is read in a stream, so that documents
// of any size are compared in bounded memory; content is hostile, nested as deep and as wide as
// it likes. The package never writes, never opens a path, and never runs what it reads.
package document
