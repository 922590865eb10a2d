package intake

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"

	"maan/internal/einvoice"
	"maan/internal/sheet"
)

// Codes of faults of an archive and the files in it. Values are part of
// answers: never rename.
const (
	CodeNotAnArchive   sheet.Code = "not_an_archive"
	CodeTooManyEntries sheet.Code = "too_many_entries"
	CodeBomb           sheet.Code = "bomb"
	CodeUnsafeName     sheet.Code = "unsafe_name"
	CodeNotAFile       sheet.Code = "not_a_file"
	CodeEncrypted      sheet.Code = "encrypted"
	CodeNested         sheet.Code = "nested_archive"
	CodeDamaged        sheet.Code = "damaged"
)

// NoteSkipped says that a file is none that is read.
const NoteSkipped sheet.Code = "skipped"

// UBLLimits bound what one archive may cost; a field that is zero or negative
// takes its value from [DefaultUBLLimits].
type UBLLimits struct {
	MaxArchive int64 // bytes of the ZIP file
	MaxEntries int   // files and folders in it
	MaxFile    int64 // bytes of one file, unpacked
	MaxTotal   int64 // bytes of all files, unpacked
	MaxRatio   int64 // how many times larger than packed a file of more than 1 MiB may be
}

// DefaultUBLLimits suit a month of invoices with their PDFs inside: 128 MiB, 10,000
// entries, 5 MiB each, 1 GiB unpacked, and 200 times, which no real invoice reaches.
var DefaultUBLLimits = UBLLimits{MaxArchive: 128 << 20, MaxEntries: 10_000, MaxFile: 5 << 20, MaxTotal: 1 << 30, MaxRatio: 200}

func (l UBLLimits) withDefaults() UBLLimits {
	d := DefaultUBLLimits
	if l.MaxArchive <= 0 {
		l.MaxArchive = d.MaxArchive
	}
	if l.MaxEntries <= 0 {
		l.MaxEntries = d.MaxEntries
	}
	if l.MaxFile <= 0 {
		l.MaxFile = d.MaxFile
	}
	if l.MaxTotal <= 0 {
		l.MaxTotal = d.MaxTotal
	}
	if l.MaxRatio <= 0 {
		l.MaxRatio = d.MaxRatio
	}
	return l
}

// UBLFile is one file of an archive.
type UBLFile struct {
	Name string // within the archive, without control characters
	// Document is nil if the file was not read, or has errors.
	Document *einvoice.Document
	Findings []einvoice.Finding
	Content  []byte       // the file, if there is a Document
	Fault    *sheet.Fault // why the file was not taken, besides its Findings
	Note     *sheet.Note
	// SameAs is the file before it that bears the same number of the same supplier. With
	// other content the later one has a fault, with the same a note.
	SameAs string
}

// unpacker reads files one by one and remembers their numbers.
type unpacker struct {
	limits UBLLimits
	left   int64 // bytes that may still be unpacked
	seen   map[string]named
}

type named struct {
	file string
	sum  [sha256.Size]byte
}

func newUnpacker(l UBLLimits) *unpacker {
	l = l.withDefaults()
	return &unpacker{limits: l, left: l.MaxTotal, seen: map[string]named{}}
}

// archives are the endings of files that would have to be unpacked in turn.
var archives = []string{".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst"}

// worthReading notes what is no e-invoice by its name.
func (u *unpacker) worthReading(f *UBLFile) bool {
	ending := strings.ToLower(path.Ext(f.Name))
	switch hidden := strings.HasPrefix(path.Base(f.Name), ".") || strings.HasPrefix(f.Name, "__MACOSX/"); {
	case slices.Contains(archives, ending):
		f.Fault = fault(CodeNested, "the file is an archive within the archive or folder", "unpack it and send what is in it")
	case hidden, ending != ".xml":
		f.Note = &sheet.Note{Code: NoteSkipped, Message: "only files that end in .xml are read"}
	default:
		return true
	}
	return false
}

// read reads a file as an e-invoice.
func (u *unpacker) read(f *UBLFile, packed *zip.File) {
	content, err := u.content(packed)
	switch {
	case err != nil:
		f.Fault = fault(CodeDamaged, "the file cannot be read: it is damaged, cut off, or packed in a way that is not known", "pack and send it again")
		return
	case int64(len(content)) > u.limits.MaxFile:
		f.Fault = u.fileTooLarge()
		return
	case u.left < 0:
		return
	}
	f.Document, f.Findings, err = einvoice.Read(bytes.NewReader(content), einvoice.Limits{MaxBytes: u.limits.MaxFile})
	if err != nil || f.Document == nil {
		f.Document = nil
		return
	}
	f.Content = content
	u.compare(f)
}

func (u *unpacker) content(packed *zip.File) ([]byte, error) {
	in, err := packed.Open()
	if err != nil {
		return nil, err //nolint:wrapcheck // told as a fault
	}
	defer func() { _ = in.Close() }() // only read from
	content, err := io.ReadAll(io.LimitReader(in, u.limits.MaxFile+1))
	u.left -= int64(len(content))
	return content, err //nolint:wrapcheck // told as a fault
}

// compare tells a document that comes again.
func (u *unpacker) compare(f *UBLFile) {
	d := f.Document
	key := strings.Join([]string{
		string(d.Kind), d.Number, d.Supplier.EndpointScheme, d.Supplier.EndpointID, d.Supplier.VATNumber, d.Supplier.RegistrationNumber,
	}, "\x00")
	text, err := json.Marshal(d)
	if err != nil {
		f.Document, f.Content, f.Fault = nil, nil, fault(CodeDamaged, "the document cannot be compared with others", "check its texts")
		return
	}
	sum := sha256.Sum256(text)
	before, seen := u.seen[key]
	switch {
	case !seen:
		u.seen[key] = named{file: f.Name, sum: sum}
	case before.sum == sum:
		f.SameAs, f.Note = before.file, &sheet.Note{Code: NoteRepeated, Message: "another file holds the same document"}
	default:
		f.SameAs, f.Fault = before.file, fault(CodeNumberTaken, "another file bears the same number of the same supplier with other content",
			"correct the number, or take out the file that is wrong")
		f.Document, f.Content = nil, nil
	}
}

func fault(code sheet.Code, message, mend string) *sheet.Fault {
	return &sheet.Fault{Code: code, Message: message, Mend: mend}
}

func notAFile() *sheet.Fault {
	return fault(CodeNotAFile, "this is a link or another special file", "send the file itself")
}

func (u *unpacker) fileTooLarge() *sheet.Fault {
	return fault(sheet.CodeTooLarge, fmt.Sprintf("the file is larger than %d bytes", u.limits.MaxFile), "send it by itself, or without the documents inside it")
}

func (u *unpacker) tooMany() *sheet.Refusal {
	return &sheet.Refusal{Faults: []sheet.Fault{*fault(CodeTooManyEntries, fmt.Sprintf("there are more than %d files and folders", u.limits.MaxEntries),
		"send them in several parts")}}
}

func (u *unpacker) tooLarge() *sheet.Refusal {
	return &sheet.Refusal{Faults: []sheet.Fault{*fault(sheet.CodeTooLarge, fmt.Sprintf("the files are larger than %d bytes together", u.limits.MaxTotal),
		"send them in several parts")}}
}

// shown is a name without what could garble a log or a page.
func shown(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(name, "?"))
}
