// Package simulation answers "what if": it takes past invoices, with their disputes and
// payments, up a policy and counts what would have been sent and called, and what was
// paid before it.
//
// It computes no date and takes no decision of its own. [dunning.Plan] gives every step
// its instant and [dunning.Decide] answers at that instant, as in the live run; this
// package only replays the facts in their order and keeps count. It is pure: no clock,
// no database, and input comes from an [io.Reader].
//
//   - [ReadHistory] reads a CSV file of past invoices.
//   - [Run] takes them up a policy and answers with a [Report].
//   - A [Study] puts one report, or two side by side, into a table, CSV or a picture.
package simulation
