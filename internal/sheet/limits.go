package sheet

// Limits bound what one file may cost; a field that is zero or negative takes its
// value from [DefaultLimits].
type Limits struct {
	MaxBytes   int64 // size of the file as it is stored
	MaxRows    int   // rows below the header, empty ones not counted
	MaxColumns int   // cells of a row
	MaxCell    int   // bytes of a cell, as UTF-8
}

// DefaultLimits suit an upload of a large company's open items: 64 MiB, 200,000
// rows, 200 columns, 10,000 bytes in a cell.
var DefaultLimits = Limits{MaxBytes: 64 << 20, MaxRows: 200_000, MaxColumns: 200, MaxCell: 10_000}

func (l Limits) withDefaults() Limits {
	if l.MaxBytes <= 0 {
		l.MaxBytes = DefaultLimits.MaxBytes
	}
	if l.MaxRows <= 0 {
		l.MaxRows = DefaultLimits.MaxRows
	}
	if l.MaxColumns <= 0 {
		l.MaxColumns = DefaultLimits.MaxColumns
	}
	if l.MaxCell <= 0 {
		l.MaxCell = DefaultLimits.MaxCell
	}
	return l
}
