// Package erp takes in what a creditor's own bookkeeping hands over: invoices to start in
// bulk, as a CSV file or a ZIP of e-invoices ([Invoices]), and the nightly list of open
// items ([OpenItems]).
//
// A file is read row by row (package intake), and facts are written through package
// collection in transactions of some hundred rows, several at once. Every fact has a key
// of its own or is compared with what is there, so a file that was interrupted is taken
// in again from the top and repeats nothing. A bad row is a fault with its line; the
// others go.
package erp
