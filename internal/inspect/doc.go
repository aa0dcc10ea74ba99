// Package inspect reads which packages are installed in a root file system, directly from
// what the package managers leave there; one file per ecosystem. It also reads the facts beside
// packages that can change a result, and finds where the code of packages lies. It runs no command of the
// system it looks at and trusts none of its files: each reader is bounded and skips what it
// cannot understand.
//
// The witness is its caller, inside the container, with the container's root.
package inspect
