package xmlsafe_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/xmlsafe"
)

var options = xmlsafe.Options{MaxBytes: 10_000, MaxToken: 1_000, MaxDepth: 5, Charsets: []xmlsafe.Charset{xmlsafe.ASCII, xmlsafe.Latin1, xmlsafe.Latin9, xmlsafe.Windows1252}}

// texts reads a document to its end and returns its texts.
func texts(r io.Reader, o xmlsafe.Options) (string, error) {
	in := xmlsafe.NewReader(r, o)
	var b strings.Builder
	for {
		tok, err := in.Token()
		if err != nil || tok == nil {
			return b.String(), err
		}
		if text, ok := tok.(xml.CharData); ok {
			b.Write(text)
		}
	}
}

func requireFault(t *testing.T, err error, code xmlsafe.Code, line int) *xmlsafe.Fault {
	t.Helper()
	fault, ok := errors.AsType[*xmlsafe.Fault](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, fault.Code)
	require.Equal(t, line, fault.Line)
	require.NotEmpty(t, fault.Message)
	return fault
}

func TestReader_Refuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		code       xmlsafe.Code
		line       int
	}{
		{"Empty", "", xmlsafe.CodeMalformed, 0},
		{"OnlyComment", "<!-- a -->", xmlsafe.CodeMalformed, 0},
		{"DTD", "<!DOCTYPE a>\n<a/>", xmlsafe.CodeDTD, 1},
		{"TextBefore", "a\n<a/>", xmlsafe.CodeMalformed, 2},
		{"TextAfter", "<a/>\nb", xmlsafe.CodeMalformed, 2},
		{"SecondRoot", "<a/>\n<b/>", xmlsafe.CodeMalformed, 2},
		{"SecondDeclaration", "<a/>\n<?xml version=\"1.0\"?>", xmlsafe.CodeMalformed, 2},
		{"Cut", "<a>\n<b>", xmlsafe.CodeMalformed, 2},
		{"Crossed", "<a>\n<b></a></b>", xmlsafe.CodeMalformed, 2},
		{"SameAttributeTwice", "<a\nb='1' b='2'/>", xmlsafe.CodeMalformed, 2},
		{"TooDeep", "<a><a><a><a><a>\n<a>", xmlsafe.CodeTooDeep, 2},
		{"LongText", "<a>\n" + strings.Repeat("x", 1_001) + "</a>", xmlsafe.CodeTooLong, 2},
		{"LongTag", "<a " + strings.Repeat("x", 1_001) + "='1'/>", xmlsafe.CodeTooLong, 1},
		{"LongComment", "<a><!--" + strings.Repeat("x", 1_001) + "--></a>", xmlsafe.CodeTooLong, 1},
		{"TooLarge", "<a>" + strings.Repeat("<b/>", 2_500) + "</a>", xmlsafe.CodeTooLarge, 0},
		{"NotUTF8", "<a>\n\xe9</a>", xmlsafe.CodeCharset, 2},
		{"NotASCII", "<?xml version='1.0' encoding='US-ASCII'?>\n<a>\xe9</a>", xmlsafe.CodeCharset, 1},
		{"XML11", "<?xml version='1.1'?><a/>", xmlsafe.CodeMalformed, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := texts(strings.NewReader(tt.text), options)
			requireFault(t, err, tt.code, tt.line)
		})
	}
}

func TestReader_FaultNamesTheLine(t *testing.T) {
	t.Parallel()
	require.Equal(t, "line 7: remove it", (&xmlsafe.Fault{Line: 7, Message: "remove it"}).Error())
	require.Equal(t, "remove it", (&xmlsafe.Fault{Message: "remove it"}).Error())
}

func TestReader_LimitsAreExact(t *testing.T) {
	t.Parallel()
	text := "<a>" + strings.Repeat("<b/>", 20) + "</a>"
	o := xmlsafe.Options{MaxBytes: int64(len(text)), MaxDepth: 2}
	_, err := texts(strings.NewReader(text), o)
	require.NoError(t, err)
	_, err = texts(strings.NewReader(text+"\n"), o)
	requireFault(t, err, xmlsafe.CodeTooLarge, 0)
}

func TestReader_CharsetsAreTheCallers(t *testing.T) {
	t.Parallel()
	of := func(name, text string) string {
		return `<?xml version="1.0" encoding="` + name + `"?><a>` + text + `</a>`
	}
	for _, tt := range []struct{ text, want string }{
		{of("UTF-8", "é"), "é"},
		{"\xef\xbb\xbf" + of("utf-8", "é"), "é"},
		{of("ISO-8859-1", "\xe9"), "é"},
		{of("latin9", "\xa4"), "€"},
		{of("CP1252", "\x80"), "€"},
		{of("us-ascii", "e"), "e"},
	} {
		got, err := texts(strings.NewReader(tt.text), options)
		require.NoError(t, err)
		require.Equal(t, tt.want, got)
	}
	_, err := texts(strings.NewReader(of("ISO-8859-1", "\xe9")), xmlsafe.Options{MaxBytes: 1000, MaxDepth: 5})
	require.Contains(t, requireFault(t, err, xmlsafe.CodeCharset, 1).Message, "other than UTF-8;")
}

// build keeps a list and its items with their names, and returns the paths of
// the names. The items may be dropped once they are complete.
func build(t *testing.T, text string, drop bool) (root *xmlsafe.Node, paths []string, err error) {
	t.Helper()
	in := xmlsafe.NewReader(strings.NewReader(text), options)
	b := xmlsafe.Builder{Name: func(name xml.Name) string { return name.Local }, Attrs: []string{"id"}, MaxNodes: 4, MaxText: 10}
	for {
		tok, err := in.Token()
		if err != nil || tok == nil {
			return root, paths, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if in.Depth() == 1 {
				root = b.Root("list", xmlsafe.NewShape("item/name", "title"), in.Line())
			} else if err := b.Start(tok, in.Line()); err != nil {
				return root, paths, err
			}
		case xml.CharData:
			if err := b.Text(tok); err != nil {
				return root, paths, err
			}
		case xml.EndElement:
			if n := b.End(); n != nil && n.Name == "item" {
				name := n.Child("name")
				if drop {
					b.Drop(n)
				}
				if name != nil {
					paths = append(paths, name.Path())
				}
			}
		}
	}
}

func TestBuilder_KeepsTheShape(t *testing.T) {
	t.Parallel()
	root, paths, err := build(t, "<list><x><name>no</name></x><item id=' 1 ' z='2'><name> a\n b </name><y/></item>\n<item/></list>", false)
	require.NoError(t, err)
	require.Equal(t, []string{"/list/item/name"}, paths)
	require.Len(t, root.All("item"), 2)
	require.Empty(t, root.All("x"))
	item := root.Child("item")
	require.Equal(t, "1", item.Attr("id"))
	require.Empty(t, item.Attr("z"))
	require.Same(t, root, item.Parent())
	value, clean := item.Child("name").Value()
	require.Equal(t, "a b", value)
	require.True(t, clean)
	require.Equal(t, "/list/item[2]", root.All("item")[1].Path())
	require.Equal(t, 3, root.All("item")[1].Line)
	value, clean = root.Child("none").Child("none").Value()
	require.Empty(t, value)
	require.True(t, clean)
}

func TestBuilder_DropBoundsWhatIsKeptAndKeepsPathsRight(t *testing.T) {
	t.Parallel()
	text := "<list><title/>" + strings.Repeat("<item><name>a</name></item>", 100) + "</list>"
	root, paths, err := build(t, text, true)
	require.NoError(t, err)
	require.Empty(t, root.All("item"))
	require.Len(t, paths, 100)
	require.Equal(t, "/list/item/name", paths[0])
	require.Equal(t, "/list/item[100]/name", paths[99])
	_, _, err = build(t, text, false)
	require.Equal(t, "/list/item[2]", requireFault(t, err, xmlsafe.CodeTooManyElements, 1).Path)
}

func TestBuilder_Refuses(t *testing.T) {
	t.Parallel()
	_, _, err := build(t, "<list>\n<item><name>12345678901</name></item></list>", false)
	require.Equal(t, "/list/item/name", requireFault(t, err, xmlsafe.CodeTooLong, 2).Path)
	_, _, err = build(t, "<list>\n<p:item/></list>", false)
	requireFault(t, err, xmlsafe.CodeMalformed, 2)
}

func TestNode_ValueDropsWhatIsInvisible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"a\u200bb": "ab", "\u202e": "", "é": "é", "a  b": "a b", "a\u00a0b": "a b"} {
		root, _, err := build(t, "<list><title>"+text+"</title></list>", false)
		require.NoError(t, err)
		value, clean := root.Child("title").Value()
		require.Equal(t, want, value)
		require.Equal(t, !strings.ContainsAny(text, "\u200b\u202e"), clean)
	}
}
