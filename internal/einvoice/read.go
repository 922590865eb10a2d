package einvoice

import "io"

// Limits bound what one document may cost; a field that is zero or negative
// takes its value from [DefaultLimits].
type Limits struct {
	MaxBytes int64 // size of the file
	MaxLines int   // invoice or credit note lines
	MaxDepth int   // elements within elements
}

// DefaultLimits suit invoices with an embedded PDF: 5 MiB, 10,000 lines, 64
// levels (Peppol's own syntax needs 8; signatures in extensions need more).
var DefaultLimits = Limits{MaxBytes: 5 << 20, MaxLines: 10_000, MaxDepth: 64}

func (l Limits) withDefaults() Limits {
	if l.MaxBytes <= 0 {
		l.MaxBytes = DefaultLimits.MaxBytes
	}
	if l.MaxLines <= 0 {
		l.MaxLines = DefaultLimits.MaxLines
	}
	if l.MaxDepth <= 0 {
		l.MaxDepth = DefaultLimits.MaxDepth
	}
	return l
}

// Read reads one Peppol BIS Billing 3.0 document and returns all its faults at
// once. The document is nil when any finding is an error; warnings leave it
// usable. The error is only that of r: whatever the bytes hold, a faulty
// document is a finding.
//
// It reads at most limits.MaxBytes+1 bytes of r.
func Read(r io.Reader, limits Limits) (*Document, []Finding, error) {
	limits = limits.withDefaults()
	tree, err := scan(r, limits)
	if err != nil {
		finding, err := findingOf(err)
		if err != nil {
			return nil, nil, err
		}
		return nil, []Finding{finding}, nil
	}
	doc, findings := extract(tree)
	if hasError(findings) {
		return nil, findings, nil
	}
	return doc, findings, nil
}
