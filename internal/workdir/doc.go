// Package workdir is a project's folder on a person's own disk: it scans it, tells what
// changed, sends it to a server as a tree of blobs, and writes a server's trees into it.
//
// The command line is its only caller. It speaks to a server only through the Remote it is
// handed, never follows a link out of the folder, never overwrites what a person changed, and
// keeps what it must remember in the folder .petri:
//
//	state.json   the project and the commit that the folder was last equal to or based on
//	index        what each file was when it was last read, so that it need not be read again
//	trees        the folder blobs of commits, so that differences need no server
//
// All but state.json may be deleted at any time; it is made again.
package workdir
