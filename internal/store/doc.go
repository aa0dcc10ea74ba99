// Package store keeps Petri's rows in SQLite or PostgreSQL, with one body of SQL for both,
// and makes every change of state atomic.
//
// Services and the worker call it: View and Update give them a transaction, from which
// they reach one small type per noun. Watch wakes them when something they wait for was
// committed. The store checks that a step of a run or build is in petri's tables and that
// the row is still where the caller thinks; it knows no other rule of the product, decides
// no permission (lists are told the viewer and filter), and never keeps file content.
package store
