package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// errChanged is the error of a file that changed between two readings.
var errChanged = errors.New("the file changed while it was read; send it again when it is finished")

// Encoding is how the bytes of a file stand for characters.
type Encoding string

// The encodings; a Mapping names them.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
)

var bomUTF8 = []byte("\xef\xbb\xbf")

// probe is what the bytes of a file tell before anything is decoded.
type probe struct {
	head       []byte
	size       int64
	line       int
	badLine    int  // first line with bytes that are not UTF-8; 0: none
	multi      bool // some character beyond ASCII is valid UTF-8
	cutMidRune bool
}

// inspect reads all of the file, up to one byte more than allowed.
func inspect(r io.Reader, maxBytes int64) (*probe, error) {
	p := &probe{line: 1}
	chunk := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := io.ReadFull(r, chunk[kept:])
		if p.size == 0 && n > 0 {
			p.head = bytes.Clone(chunk[:min(n, 8)])
		}
		p.size += int64(n)
		if p.size > maxBytes {
			return nil, refuse(0, CodeTooLarge, fmt.Sprintf("the file is larger than %d bytes", maxBytes), "send it in parts, each with its header")
		}
		kept = copy(chunk, p.take(chunk[:kept+n]))
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			p.cutMidRune = kept > 0
			return p, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read sheet: %w", err)
		}
	}
}

// take looks at some bytes and returns the beginning of a character that may go on
// in the next ones.
func (p *probe) take(b []byte) []byte {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			if b[0] == '\n' {
				p.line++
			}
			b = b[1:]
			continue
		}
		r, size := utf8.DecodeRune(b)
		switch {
		case r != utf8.RuneError || size > 1:
			p.multi = p.multi || r != '\ufeff'
		case !utf8.FullRune(b):
			return b
		case p.badLine == 0:
			p.badLine = p.line
		}
		b = b[size:]
	}
	return nil
}

// encoding decides how to decode the file, with a note where that was assumed.
func (p *probe) encoding(stated Encoding) (Encoding, *Note, *Refusal) {
	if refusal := p.notText(); refusal != nil {
		return "", nil, refusal
	}
	byMark := p.mark()
	if stated == "" && byMark != "" {
		stated = byMark
	}
	switch stated {
	case UTF16LE, UTF16BE:
		if p.size%2 != 0 {
			return "", nil, cutOff()
		}
		return stated, nil, nil
	case UTF8:
		if p.badLine > 0 {
			return "", nil, refuse(p.badLine, CodeEncoding, "there are bytes here that are not UTF-8, and the file is said to be UTF-8",
				"export it as UTF-8, or state its encoding in the mapping")
		}
		if p.cutMidRune {
			return "", nil, cutOff()
		}
		return UTF8, nil, nil
	case Windows1252:
		return Windows1252, nil, nil
	default:
		return p.guessed()
	}
}

// guessed tells UTF-8 from windows-1252. Text of the one hardly ever passes as the
// other; a file with both was put together from two, and would be garbled either way.
func (p *probe) guessed() (Encoding, *Note, *Refusal) {
	switch {
	case p.badLine == 0 && !p.cutMidRune:
		return UTF8, nil, nil
	case p.badLine == 0 && p.multi:
		return "", nil, cutOff()
	case p.multi:
		return "", nil, refuse(p.badLine, CodeEncoding, "the file mixes UTF-8 with another encoding, first on this line",
			"export it once more as UTF-8, or state its encoding in the mapping")
	}
	line := p.badLine
	if line == 0 {
		line = p.line
	}
	return Windows1252, &Note{Line: line, Code: NoteEncoding, Message: "the file is not UTF-8 and is read as windows-1252; " +
		"check that letters with accents came out right, first on this line"}, nil
}

func (p *probe) mark() Encoding {
	switch {
	case bytes.HasPrefix(p.head, bomUTF8):
		return UTF8
	case bytes.HasPrefix(p.head, []byte("\xff\xfe")):
		return UTF16LE
	case bytes.HasPrefix(p.head, []byte("\xfe\xff")):
		return UTF16BE
	}
	return ""
}

// notText knows what is most often sent instead of a CSV file.
func (p *probe) notText() *Refusal {
	const mend = "save it as CSV UTF-8 and send that"
	switch {
	case p.size == 0:
		return refuse(0, CodeEmptyFile, "the file is empty", "send a file with a header and rows")
	case bytes.HasPrefix(p.head, []byte("PK\x03\x04")), bytes.HasPrefix(p.head, []byte("\xd0\xcf\x11\xe0")):
		return refuse(0, CodeNotCSV, "the file is a spreadsheet or an archive, not CSV", mend)
	case bytes.HasPrefix(p.head, []byte("%PDF")):
		return refuse(0, CodeNotCSV, "the file is a PDF, not CSV", mend)
	}
	return nil
}

func cutOff() *Refusal {
	return refuse(0, CodeCutOff, "the file ends in the middle of a character: it was cut off", "send it again, whole")
}

// decoded is the file as UTF-8 without a byte order mark.
func decoded(r io.Reader, e Encoding) io.Reader {
	switch e {
	case UTF16LE:
		return transform.NewReader(r, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case UTF16BE:
		return transform.NewReader(r, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	case Windows1252:
		return transform.NewReader(r, charmap.Windows1252.NewDecoder())
	case UTF8:
	}
	return transform.NewReader(r, unicode.UTF8BOM.NewDecoder())
}
