// Package fake is an engine that plays Docker and the witness together, in a folder instead
// of a kernel: containers are folders, commands a tiny script language, and what a script
// writes lands where a container would have put it.
//
// Tests and the end-to-end scenarios call it. It runs nothing, and isolates nothing.
package fake

