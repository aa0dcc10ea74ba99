// Package api is the public face of a Petri server for programs: the types that travel and
// a client. The OpenAPI document comes from the same types. It decides nothing and keeps
// nothing; the command line and anybody's Go programs are its callers.
package api
