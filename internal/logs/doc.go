// Package logs follows, positions in and seals the logs of runs and builds. A run's log is
// frames that the witness appends to a file (petri.LogFrame); a build's is lines of JSON that
// the worker appends (petri.BuildEvent).
//
// The worker writes and seals, httpd follows; any number of readers may follow one file at
// once, from another process than its writer's. It keeps nothing in memory but a buffer, and
// never changes a log, but for cutting off a last frame that was never finished.
package logs
