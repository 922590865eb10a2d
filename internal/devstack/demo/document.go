package demo

import (
	"bytes"
	"embed"
	"fmt"
	"text/template"

	"maan/internal/calendar"
)

// The samples are Peppol BIS Billing 3.0 documents with blanks for what changes from
// play to play.
//
//go:embed samples/*.xml
var samples embed.FS

// blanks are what a sample document leaves open.
type blanks struct {
	Number      string
	Issued, Due calendar.Date
	Reference   string // of the payment
	Corrects    string // the invoice that a credit note corrects
}

// document fills in a sample.
func document(file string, b blanks) ([]byte, error) {
	t, err := template.ParseFS(samples, "samples/"+file)
	if err != nil {
		return nil, fmt.Errorf("sample %s: %w", file, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, b); err != nil {
		return nil, fmt.Errorf("sample %s: %w", file, err)
	}
	return out.Bytes(), nil
}
