package sheet

import "strings"

// Neutral keeps a spreadsheet from running a cell as a formula, with an apostrophe
// before it (OWASP: CSV injection).
func Neutral(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// NeutralRow does so for a whole row, in place, and returns it.
func NeutralRow(row []string) []string {
	for i := range row {
		row[i] = Neutral(row[i])
	}
	return row
}
