// Package cli is petri's command line: it reads flags and references, asks a server through
// the api package, and prints. One file holds one command.
//
// cmd/petri is its only caller. It talks to nobody but the server, keeps no rules of its own
// about environments or runs, and does to a person's folder only what package workdir does.
package cli
