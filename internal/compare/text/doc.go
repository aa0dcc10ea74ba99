// Package text compares text: files line by line, and what programs print, in which times,
// addresses and the like vary by nature.
//
// compare and document call it; trials asks it what kind of thing varies. Both texts are read in
// a stream and in bounded memory, whatever their length and that of their lines. The package
// never writes and never opens a path.
package text
