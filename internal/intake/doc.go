// Package intake says what the rows and files mean that a finance department hands
// in: invoices to start in bulk ([Invoices]), the nightly list of open items of an ERP
// ([ReadSnapshot]), and e-invoices in a ZIP file ([UBLZip]).
//
// It checks all that can be checked without the database, and tells the rest: a
// customer that the file only names is looked up by the caller. Nothing is guessed:
// what a file leaves open is a fault with the question in it.
//
// Values are those of the API's contract (api/openapi.yaml), so that what passes here
// is not refused there for its form.
//
// Faults and notes quote no names, texts, addresses or numbers of the file: they say
// the line, the column and the remedy.
package intake
