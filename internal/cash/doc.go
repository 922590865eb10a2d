// Package cash applies bank statements to invoices.
//
// Each movement of money counts once over all files, by its key. What becomes of it is decided
// by package matching and written down before anything is booked; then it is booked, receipt by
// receipt, each idempotent by a reference of its own. An import that dies in between goes on
// with the same decision:
//
//	movement ──▶ match ──┬─▶ applying ──▶ matched, credited, returned
//	                     ├─▶ proposed, unmatched ──▶ a person: applying or ignored
//	                     └─▶ outgoing, pending
//
// Money that nobody has matched yet, of a customer that is known, counts as that customer's
// credit: while it covers what is overdue nobody is chased.
package cash
