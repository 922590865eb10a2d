package xmlsafe

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Charset is a character set that a document may declare besides UTF-8.
type Charset string

// The character sets that can be asked for.
const (
	ASCII       Charset = "US-ASCII"
	Latin1      Charset = "ISO-8859-1"
	Latin9      Charset = "ISO-8859-15"
	Windows1252 Charset = "windows-1252"
)

// charsets are the names in lower case that are understood.
var charsets = map[string]Charset{
	"us-ascii": ASCII, "ascii": ASCII,
	"iso-8859-1": Latin1, "latin1": Latin1,
	"iso-8859-15": Latin9, "latin9": Latin9,
	"windows-1252": Windows1252, "cp1252": Windows1252,
}

var charmaps = map[Charset]*charmap.Charmap{
	Latin1: charmap.ISO8859_1, Latin9: charmap.ISO8859_15, Windows1252: charmap.Windows1252,
}

// charsetError is the message of a charset fault, carried through the decoder
// as an error.
type charsetError string

func (e charsetError) Error() string { return string(e) }

const wantUTF8 = "save the document as UTF-8"

var byteOrderMark = []byte("\xef\xbb\xbf")

// skipMark passes over the byte order mark of UTF-8 and refuses UTF-16 and
// UTF-32, which the decoder would call malformed.
func skipMark(in *bufio.Reader) (marked bool, fault *Fault) {
	head, _ := in.Peek(4) // an error comes again with the first byte that is missing
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || wide(head) {
		return false, &Fault{Code: CodeCharset, Message: "the document is in UTF-16 or UTF-32; " + wantUTF8}
	}
	if !bytes.HasPrefix(head, byteOrderMark) {
		return false, nil
	}
	_, _ = in.Discard(len(byteOrderMark)) // they were peeked at
	return true, nil
}

// wide reports whether the first "<" is written in more than one byte.
func wide(head []byte) bool {
	lt, nul := bytes.IndexByte(head, '<'), bytes.IndexByte(head, 0)
	return lt >= 0 && nul >= 0
}

// decode returns the reader of a declared character set.
func (r *Reader) decode(label string, input io.Reader) (io.Reader, error) {
	set, known := charsets[strings.ToLower(label)]
	switch {
	case !known || !slices.Contains(r.options.Charsets, set):
		return nil, charsetError("the document declares a character set other than " + r.accepted() + "; " + wantUTF8)
	case r.marked:
		return nil, charsetError("the document begins with the mark of UTF-8 and declares another character set; correct the declaration")
	case set == ASCII:
		return asciiReader{input}, nil
	}
	return charmaps[set].NewDecoder().Reader(input), nil
}

// accepted lists the character sets: "UTF-8, ISO-8859-1 and US-ASCII".
func (r *Reader) accepted() string {
	names := []string{"UTF-8"}
	for _, set := range r.options.Charsets {
		names = append(names, string(set))
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// asciiReader refuses what is not ASCII.
type asciiReader struct{ in io.Reader }

func (r asciiReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	for _, b := range p[:n] {
		if b > 0x7f {
			return 0, charsetError(fmt.Sprintf("the document declares US-ASCII and holds the byte 0x%02X; %s", b, wantUTF8))
		}
	}
	return n, err //nolint:wrapcheck // io.EOF must reach the decoder as it is
}
