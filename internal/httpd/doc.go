// Package httpd is the HTTP edge: it decodes a request, finds out who asks, calls one
// service, and encodes the answer. routes.go lists every operation; error.go is where kinds of
// error become statuses.
//
// cmd/petri is its only caller. It holds no rules: what may be done, and by whom, is decided
// in the services. It never talks to the worker; it wakes for what the store says has changed.
package httpd
