package einvoice

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// charsetError is the message of a charset fault, carried through the
// decoder as an error.
type charsetError string

func (e charsetError) Error() string { return string(e) }

const wantUTF8 = "save the document as UTF-8"

// checkEncoding strips the byte order mark of UTF-8 and refuses UTF-16 and
// UTF-32, which the decoder would call malformed.
func checkEncoding(data []byte) ([]byte, *Finding) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	head := data[:min(len(data), 4)]
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || wide(head) {
		return nil, fault(CodeCharset, "the document is in UTF-16 or UTF-32; "+wantUTF8)
	}
	return data, nil
}

// wide reports whether the first "<" is written in more than one byte.
func wide(head []byte) bool {
	lt, nul := bytes.IndexByte(head, '<'), bytes.IndexByte(head, 0)
	return lt >= 0 && nul >= 0
}

// charsetReader decodes the character sets besides UTF-8 that are accepted.
func charsetReader(label string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "iso-8859-1", "latin1":
		return &latin1Reader{in: input, last: 0xff}, nil
	case "us-ascii", "ascii":
		return &latin1Reader{in: input, last: 0x7f}, nil
	}
	return nil, charsetError("the document declares a character set other than UTF-8, ISO-8859-1 and US-ASCII; " + wantUTF8)
}

// latin1Reader turns ISO-8859-1 into UTF-8: every byte is the code point of
// the same number. Bytes above last are refused.
type latin1Reader struct {
	in   io.Reader
	last byte
	rest []byte // decoded, not yet handed out
	buf  [1024]byte
}

func (r *latin1Reader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		n, err := r.in.Read(r.buf[:])
		for _, b := range r.buf[:n] {
			if b > r.last {
				return 0, charsetError(fmt.Sprintf("the document declares US-ASCII and holds the byte 0x%02X; %s", b, wantUTF8))
			}
			r.rest = append(r.rest, string(rune(b))...)
		}
		if n == 0 && err != nil {
			return 0, err // io.EOF must reach the decoder as it is
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
