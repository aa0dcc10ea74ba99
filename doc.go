// Package petri is the dictionary of Petri: the nouns of the product (environment,
// revision, build, project, commit, run, record), the states they pass through, the
// references people write, and the kinds of error.
//
// Every other package speaks in these words. This one imports none of ours, opens
// nothing, and talks to nobody: it holds values and pure functions only.
package petri
