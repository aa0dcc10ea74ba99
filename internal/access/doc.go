// Package access says who a caller is, by token, and what they may do, by pure functions.
//
// httpd authenticates with it; the services ask it before they show or change anything. It
// knows no resource beyond its owner and visibility, and never tells whether something exists
// that a caller may not see.
package access

import "github.com/petri-dev/petri"

// Caller is who asks, and from where.
type Caller struct {
	User   petri.User
	Origin string // cli, web or api
}
