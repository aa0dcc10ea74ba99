// Package tree is the form of a project's files: a Merkle tree over SHA-256 blobs. It
// encodes and decodes folders, builds trees, walks, compares, edits and merges them, and
// checks trees that a stranger sent.
//
// The server (files), the client (workdir) and the comparison call it. It is pure: blobs come from a
// Source and go to a Put that the caller hands in; it opens no file and no connection.
//
// A folder is a blob: the line "petri-tree 1", then its entries sorted by the bytes of
// their names, each
//
//	kind SP size SP hexadecimal digest SP name NUL
//
// Kind is f (file), x (executable file), l (link: the digest is that of the blob that holds
// the target, the size the target's length) or d (folder: the size is the bytes of all files
// below). The form is canonical: what Encode would not have written, Decode refuses.
//
// The leaves of a tree are its files, links and empty folders; two trees with the same
// leaves are the same tree.
package tree
