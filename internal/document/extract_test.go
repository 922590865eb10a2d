package document_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
)

// word is one run of text on a page, with the left end of its baseline in
// points from the lower left corner.
type word struct {
	x, y float64
	text string
}

var shown = regexp.MustCompile(`(?s)BT ([\d.-]+) ([\d.-]+) Td \((.*?)\) ?Tj ET`)

// pagesOf reads the text of every page, in the order it was written. The page
// streams are the ones that show text.
func pagesOf(t testing.TB, pdf []byte) [][]word {
	t.Helper()
	var pages [][]word
	embedded := bytes.Contains(pdf, []byte("/FontFile2"))
	for rest := pdf; ; {
		_, after, ok := bytes.Cut(rest, []byte("/Filter /FlateDecode /Length "))
		if !ok {
			return pages
		}
		_, after, _ = bytes.Cut(after, []byte("stream\n"))
		r, err := zlib.NewReader(bytes.NewReader(after))
		require.NoError(t, err)
		stream, err := io.ReadAll(r)
		require.NoError(t, err)
		rest = after
		var page []word
		for _, m := range shown.FindAllSubmatch(stream, -1) {
			x, err := strconv.ParseFloat(string(m[1]), 64)
			require.NoError(t, err)
			y, err := strconv.ParseFloat(string(m[2]), 64)
			require.NoError(t, err)
			page = append(page, word{x, y, decoded(t, m[3], embedded)})
		}
		pages = append(pages, page)
	}
}

// decoded reads a PDF string: UTF-16 where the file carries its fonts, else Windows-1252.
func decoded(t testing.TB, escaped []byte, embedded bool) string {
	t.Helper()
	raw := strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`, `\r`, "\r").Replace(string(escaped))
	if !embedded {
		text, err := charmap.Windows1252.NewDecoder().String(raw)
		require.NoError(t, err)
		return text
	}
	require.Zero(t, len(raw)%2)
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return string(utf16.Decode(units))
}

// textOf is the text of a document, a line for each run of text.
func textOf(t testing.TB, pdf []byte) string {
	t.Helper()
	var b strings.Builder
	for i, page := range pagesOf(t, pdf) {
		b.WriteString("--- page " + strconv.Itoa(i+1) + "\n")
		for _, w := range page {
			b.WriteString(w.text + "\n")
		}
	}
	return b.String()
}

// flowing is the text with lines and no-break spaces as plain spaces, to look
// for sentences in.
func flowing(t testing.TB, pdf []byte) string {
	t.Helper()
	return strings.Join(strings.FieldsFunc(textOf(t, pdf), func(r rune) bool { return strings.ContainsRune(" \n\u00a0", r) }), " ")
}
