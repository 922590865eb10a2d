// Package statementtest writes CAMT.053 bank statements of the wanted size and
// contents, for tests and for the demonstration. It is no part of the product.
//
// The files are valid by the schemas of ISO 20022, as long as names and
// references keep to their lengths there (35 characters for references, 70 for
// names), and add up unless [Spec].Closing says otherwise.
package statementtest
