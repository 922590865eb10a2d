package intake

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"

	"maan/internal/sheet"
)

// UBLZip goes through the files of a ZIP archive, one at a time. The size, the number
// of entries and the sizes unpacked are checked before the first file; nothing is ever
// written to a disk. The error comes last: a *[sheet.Refusal] where the archive as a
// whole is refused.
func UBLZip(r io.ReaderAt, size int64, l UBLLimits) iter.Seq2[UBLFile, error] {
	return func(yield func(UBLFile, error) bool) {
		u := newUnpacker(l)
		files, refusal := u.directory(r, size)
		if refusal != nil {
			yield(UBLFile{}, refusal)
			return
		}
		for _, f := range files {
			if strings.HasSuffix(f.Name, "/") && safeName(strings.TrimSuffix(f.Name, "/")) {
				continue
			}
			file := UBLFile{Name: shown(f.Name)}
			if file.Fault = u.refuseEntry(f); file.Fault == nil && u.worthReading(&file) {
				u.read(&file, f)
			}
			if u.left < 0 {
				yield(UBLFile{}, u.tooLarge())
				return
			}
			if !yield(file, nil) {
				return
			}
		}
	}
}

// entryBytes is what the directory of an archive may take for each entry it may have.
const entryBytes = 512

// directory reads the archive's list of files, and refuses a bomb by what it declares:
// a file that unpacks to more than it declares is damaged to archive/zip.
func (u *unpacker) directory(r io.ReaderAt, size int64) ([]*zip.File, *sheet.Refusal) {
	if size > u.limits.MaxArchive {
		return nil, &sheet.Refusal{Faults: []sheet.Fault{*fault(sheet.CodeTooLarge, fmt.Sprintf("the archive is larger than %d bytes", u.limits.MaxArchive),
			"send it in several parts")}}
	}
	metered := &meter{in: r, left: 256<<10 + int64(u.limits.MaxEntries)*entryBytes}
	archive, err := zip.NewReader(metered, size)
	metered.left = -1
	switch {
	case errors.Is(err, errMetered):
		return nil, u.tooMany()
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // names are checked one by one
		return nil, &sheet.Refusal{Faults: []sheet.Fault{*fault(CodeNotAnArchive, "this is not a ZIP archive, or it was cut off", "pack it again, and send it whole")}}
	case len(archive.File) > u.limits.MaxEntries:
		return nil, u.tooMany()
	}
	left := uint64(u.limits.MaxTotal) //nolint:gosec // positive
	for _, f := range archive.File {
		if f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/uint64(u.limits.MaxRatio) > f.CompressedSize64 { //nolint:gosec // positive
			return nil, &sheet.Refusal{Faults: []sheet.Fault{*fault(CodeBomb, fmt.Sprintf("a file unpacks to more than %d times its size", u.limits.MaxRatio),
				"take it out: no invoice does that")}}
		}
		if f.UncompressedSize64 > left {
			return nil, u.tooLarge()
		}
		left -= f.UncompressedSize64
	}
	return archive.File, nil
}

// refuseEntry looks at an entry before it is opened.
func (u *unpacker) refuseEntry(f *zip.File) *sheet.Fault {
	const (
		encrypted     = 0x1
		strong        = 0x40
		maskedHeaders = 0x2000
	)
	switch {
	case !safeName(f.Name):
		return fault(CodeUnsafeName, "the name points out of the archive, or holds characters that a file's name must not have", "pack the files again, with names below one folder")
	case !f.Mode().IsRegular():
		return notAFile()
	case f.Flags&(encrypted|strong|maskedHeaders) != 0:
		return fault(CodeEncrypted, "the file is encrypted", "pack it again without a password")
	case f.UncompressedSize64 > uint64(u.limits.MaxFile): //nolint:gosec // positive
		return u.fileTooLarge()
	}
	return nil
}

// safeName takes relative paths with slashes that go down only.
func safeName(name string) bool {
	if strings.ContainsAny(name, `\:`) || strings.ContainsFunc(name, unicode.IsControl) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// errMetered says that an archive's directory is too long.
var errMetered = errors.New("the directory of the archive is too long")

// meter bounds what is read while the directory is: archive/zip lists all entries there
// are, whatever their number.
type meter struct {
	in   io.ReaderAt
	left int64 // below 0: not metered any more
}

// ReadAt fails once the directory is too long.
func (m *meter) ReadAt(p []byte, off int64) (int, error) {
	n, err := m.in.ReadAt(p, off)
	if m.left < 0 {
		return n, err //nolint:wrapcheck // passed through as it is
	}
	if m.left -= int64(n); m.left < 0 {
		m.left = 0
		return 0, errMetered
	}
	return n, err //nolint:wrapcheck // passed through as it is
}
