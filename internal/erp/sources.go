package erp

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"maan/internal/imports"
	"maan/internal/intake"
	"maan/internal/sheet"
)

// maxFiles bounds the files of one list of open items.
const maxFiles = 20

// typeOfName is what the rows of a file are, by the beginning of its name.
var typeOfName = map[string]string{
	"customers": "customer", "contacts": "contact", "invoices": "invoice", "credit": "credit_note", "cash": "cash",
}

// sourcesOf are the files of a list of open items: one, or those of a ZIP.
func sourcesOf(j *imports.Job, s *settings) ([]intake.Source, error) {
	if !isZip(j.Content) {
		return s.source("", "", j.Content), nil
	}
	files, err := unpack(j.Content)
	if err != nil {
		return nil, err
	}
	var sources []intake.Source
	for _, name := range slices.Sorted(maps.Keys(files)) {
		kind := ""
		for prefix, is := range typeOfName {
			if strings.HasPrefix(strings.ToLower(path.Base(name)), prefix) {
				kind = is
			}
		}
		sources = append(sources, s.source(name, kind, files[name])...)
	}
	return sources, nil
}

// source is one file. A flat one is read twice: for its customers, and for its invoices.
func (s *settings) source(name, kind string, content []byte) []intake.Source {
	kinds := []string{s.rowType}
	switch {
	case s.flat:
		kinds = []string{"customer", "invoice"}
	case s.rowType == "":
		kinds[0] = kind
	}
	var sources []intake.Source
	for _, kind := range kinds {
		own := *s
		if kind != "" {
			own.setDefault("type", kind)
		}
		sources = append(sources, intake.Source{Name: name, Data: bytes.NewReader(content), Mapping: own.mapping, ExpectRows: s.rows})
	}
	return sources
}

// unpack reads the files of an archive into memory.
func unpack(content []byte) (map[string][]byte, error) {
	refuse := func(code sheet.Code, message, mend string) error {
		return &sheet.Refusal{Faults: []sheet.Fault{{Code: code, Message: message, Mend: mend}}}
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are not used as paths
		return nil, refuse(intake.CodeNotAnArchive, "this is not a ZIP archive, or it was cut off", "pack it again, and send it whole")
	}
	files := map[string][]byte{}
	left := sheet.DefaultLimits.MaxBytes
	for _, f := range archive.File {
		switch {
		case strings.HasSuffix(f.Name, "/") || strings.HasPrefix(path.Base(f.Name), "."):
			continue
		case len(files) == maxFiles:
			return nil, refuse(intake.CodeTooManyEntries, fmt.Sprintf("there are more than %d files", maxFiles), "put them together, or send them in several parts")
		}
		text, err := unpackOne(f, left)
		if err != nil {
			return nil, refuse(intake.CodeDamaged, "a file of the archive cannot be read: it is damaged, cut off, or encrypted", "pack it again without a password")
		}
		if left -= int64(len(text)); left < 0 {
			return nil, refuse(sheet.CodeTooLarge, "the files are larger than 64 MiB together", "send fewer columns, or an incomplete list in several parts")
		}
		name := plain(f.Name)
		if files[name] != nil {
			return nil, refuse(intake.CodeUnsafeName, "two files of the archive have one name", "give each its own")
		}
		files[name] = text
	}
	return files, nil
}

func unpackOne(f *zip.File, most int64) (text []byte, err error) {
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	text, err = io.ReadAll(io.LimitReader(in, most+1))
	return text, errors.Join(err, in.Close())
}

// plain is a name that garbles no log and no page.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return '?'
		}
		return r
	}, name)
}
