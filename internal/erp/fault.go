package erp

import (
	"errors"

	"maan/internal/collection"
	"maan/internal/imports"
	"maan/internal/sheet"
	"maan/internal/store"
)

// sheetFault is a fault of a file as it is kept: its column, the code, and the remedy.
// source names the file of several.
func sheetFault(source string, f sheet.Fault) store.UploadFault {
	text := f.Message
	if f.Column != "" && f.Column != f.Field {
		text = "column " + f.Column + ": " + text
	}
	if f.Mend != "" {
		text += "; " + f.Mend
	}
	return store.UploadFault{Line: f.Line, Field: f.Field, Code: string(f.Code), Message: in(source, text)}
}

func in(source, text string) string {
	if source == "" {
		return text
	}
	return source + ": " + text
}

// refuseFile notes why a file cannot be read as a whole; an error that is no refusal is
// handed back.
func refuseFile(j *imports.Job, err error) error {
	refusal, ok := errors.AsType[*sheet.Refusal](err)
	if !ok {
		return err
	}
	for _, f := range refusal.Faults {
		j.Fault(sheetFault("", f))
	}
	j.Refuse()
	return nil
}

// place is where something stands in a file.
type place struct {
	source string
	line   int
}

// ruled notes what the rules say against a row, and reports whether err was such a refusal.
func ruled(j *imports.Job, at place, err error) bool {
	r, ok := collection.AsRefusal(err)
	if !ok {
		return false
	}
	for _, f := range r.Faults {
		j.Fault(store.UploadFault{Line: at.line, Field: f.Field, Code: f.Code, Message: in(at.source, f.Message)})
	}
	return true
}
