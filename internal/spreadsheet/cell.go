// Package spreadsheet makes what the product writes as CSV safe to open.
package spreadsheet

import "strings"

// Cell keeps a spreadsheet from running a cell as a formula (OWASP: CSV injection): one
// that begins with = + - @, a tab or a carriage return gets an apostrophe before it.
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Cells does so for a whole row, in place, and returns it.
func Cells(row []string) []string {
	for i := range row {
		row[i] = Cell(row[i])
	}
	return row
}
