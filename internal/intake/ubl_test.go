package intake_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/einvoice"
	"maan/internal/intake"
	"maan/internal/sheet"
)

func ubl(t testing.TB, number string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "einvoice", "testdata", "invoice-be.xml"))
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), "VF/2026/77", number)
}

type entry struct {
	name, text string
	mode       fs.FileMode
	flags      uint16
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Flags: e.flags}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		f, err := w.CreateHeader(h)
		require.NoError(t, err)
		_, err = f.Write([]byte(e.text))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func unzip(data []byte, l intake.UBLLimits) iter.Seq2[intake.UBLFile, error] {
	return intake.UBLZip(bytes.NewReader(data), int64(len(data)), l)
}

func collect(t *testing.T, files iter.Seq2[intake.UBLFile, error]) []intake.UBLFile {
	t.Helper()
	var all []intake.UBLFile
	for f, err := range files {
		require.NoError(t, err)
		all = append(all, f)
	}
	return all
}

// told is a file in one line: its name, and what became of it.
func told(f intake.UBLFile) string {
	switch {
	case f.Fault != nil:
		return f.Name + " " + string(f.Fault.Code)
	case f.Document == nil && f.Note == nil:
		return f.Name + " findings"
	case f.Note != nil:
		return f.Name + " " + string(f.Note.Code)
	}
	return f.Name + " " + f.Document.Number
}

func TestUBLZip_ReadsWhatIsAnInvoiceAndTellsTheRest(t *testing.T) {
	t.Parallel()
	one := ubl(t, "F-1")
	entries := []entry{
		{name: "2026/", text: ""},
		{name: "2026/a.xml", text: one},
		{name: "2026/b.XML", text: ubl(t, "F-2")},
		{name: "c.pdf", text: "%PDF"},
		{name: "d.xml", text: "<not-an-invoice/>"},
		{name: "e.zip", text: "PK"},
		{name: "f.xml", text: one + "\n"},
		{name: "g.xml", text: strings.Replace(one, "<cbc:DueDate>2026", "<cbc:DueDate>2027", 1)},
		{name: "__MACOSX/._a.xml", text: "x"},
	}
	want := []string{
		"2026/a.xml F-1", "2026/b.XML F-2", "c.pdf skipped", "d.xml findings", "e.zip nested_archive", "f.xml repeated", "g.xml number_taken", "__MACOSX/._a.xml skipped",
	}
	all := collect(t, unzip(zipped(t, entries...), intake.UBLLimits{}))
	var got []string
	for _, f := range all {
		got = append(got, told(f))
		require.Equal(t, f.Document != nil, f.Content != nil)
	}
	require.Equal(t, want, got)
	require.Equal(t, one, string(all[0].Content))
	require.Equal(t, einvoice.CodeNotUBL, all[3].Findings[0].Code)
	require.Equal(t, "2026/a.xml", all[5].SameAs)
	require.NotNil(t, all[5].Document)
	require.Equal(t, "2026/a.xml", all[6].SameAs)
}

func TestUBLZip_RefusesEntries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		entry

		want string
	}{
		{entry{name: "../a.xml"}, "../a.xml unsafe_name"},
		{entry{name: "x/../../a.xml"}, "x/../../a.xml unsafe_name"},
		{entry{name: "/etc/a.xml"}, "/etc/a.xml unsafe_name"},
		{entry{name: "C:/a.xml"}, "C:/a.xml unsafe_name"},
		{entry{name: `x\a.xml`}, `x\a.xml unsafe_name`},
		{entry{name: "x//a.xml"}, "x//a.xml unsafe_name"},
		{entry{name: "../"}, "../ unsafe_name"},
		{entry{name: "a\n.xml"}, "a?.xml unsafe_name"},
		{entry{name: "a\x00.xml"}, "a?.xml unsafe_name"},
		{entry{name: "a.xml", mode: fs.ModeSymlink | 0o777, text: "/etc/passwd"}, "a.xml not_a_file"},
		{entry{name: "a.xml", mode: fs.ModeNamedPipe | 0o777}, "a.xml not_a_file"},
		{entry{name: "a.xml", flags: 0x1}, "a.xml encrypted"},
		{entry{name: "a.xml.gz"}, "a.xml.gz nested_archive"},
		{entry{name: "a.xml", text: strings.Repeat("x", 2000)}, "a.xml too_large"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			all := collect(t, unzip(zipped(t, tt.entry, entry{name: "good.pdf"}), intake.UBLLimits{MaxFile: 1999}))
			require.Len(t, all, 2, "the others go on")
			require.Equal(t, tt.want, told(all[0]))
			require.NotEmpty(t, all[0].Fault.Mend)
		})
	}
}

func TestUBLZip_RefusesArchives(t *testing.T) {
	t.Parallel()
	good := zipped(t, entry{name: "a.xml", text: ubl(t, "F-1")})
	bomb := zipped(t, entry{name: "a.xml", text: strings.Repeat(" ", 4<<20)})
	three := zipped(t, entry{name: "a.pdf", text: "1234"}, entry{name: "b.pdf", text: "1234"}, entry{name: "c.pdf", text: "1234"})
	tests := []struct {
		name   string
		data   []byte
		limits intake.UBLLimits
		want   sheet.Code
	}{
		{"Empty", nil, intake.UBLLimits{}, intake.CodeNotAnArchive},
		{"Text", []byte("number;name\n1;a\n"), intake.UBLLimits{}, intake.CodeNotAnArchive},
		{"CutOff", good[:len(good)-30], intake.UBLLimits{}, intake.CodeNotAnArchive},
		{"OnlyTheHead", good[:100], intake.UBLLimits{}, intake.CodeNotAnArchive},
		{"TooLarge", good, intake.UBLLimits{MaxArchive: int64(len(good)) - 1}, sheet.CodeTooLarge},
		{"TooManyEntries", three, intake.UBLLimits{MaxEntries: 2}, intake.CodeTooManyEntries},
		{"TooMuchTogether", three, intake.UBLLimits{MaxTotal: 11}, sheet.CodeTooLarge},
		{"Bomb", bomb, intake.UBLLimits{}, intake.CodeBomb},
		{"DirectoryBomb", manyEntries(200_000), intake.UBLLimits{MaxEntries: 10}, intake.CodeTooManyEntries},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			count := 0
			for f, err := range unzip(tt.data, tt.limits) {
				count++
				var r *sheet.Refusal
				require.ErrorAs(t, err, &r)
				require.Equal(t, tt.want, r.Faults[0].Code)
				require.Empty(t, f)
			}
			require.Equal(t, 1, count, "nothing is handed out of a refused archive")
		})
	}
	collect(t, unzip(three, intake.UBLLimits{MaxEntries: 3, MaxTotal: 12, MaxArchive: int64(len(three))}))
}

// manyEntries is an archive of which the directory lists more entries than it claims:
// the count has 16 bits only.
func manyEntries(n int) []byte {
	header := make([]byte, 47)
	copy(header, "PK\x01\x02")
	binary.LittleEndian.PutUint16(header[28:], 1)
	header[46] = 'a'
	directory := bytes.Repeat(header, n)
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], uint16(n))
	binary.LittleEndian.PutUint16(end[10:], uint16(n))
	binary.LittleEndian.PutUint32(end[12:], uint32(len(directory)))
	return append(directory, end...)
}

// A file that lies about its size unpacks to no more than it declares.
func TestUBLZip_SizeThatLies(t *testing.T) {
	t.Parallel()
	data := zipped(t, entry{name: "a.xml", text: strings.Repeat(" ", 4<<20)}, entry{name: "b.xml", text: ubl(t, "F-1")})
	at := bytes.Index(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[at+24:], 100)
	all := collect(t, unzip(data, intake.UBLLimits{}))
	require.Equal(t, []string{"a.xml damaged", "b.xml F-1"}, []string{told(all[0]), told(all[1])})
}

func TestUBLZip_DamagedFile(t *testing.T) {
	t.Parallel()
	data := zipped(t, entry{name: "a.xml", text: ubl(t, "F-1")}, entry{name: "b.xml", text: ubl(t, "F-2")})
	for i := 60; i < 200; i++ {
		data[i] ^= 0xff
	}
	all := collect(t, unzip(data, intake.UBLLimits{}))
	require.Equal(t, []string{"a.xml damaged", "b.xml F-2"}, []string{told(all[0]), told(all[1])})
}

func TestUBLZip_StopsWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	data := zipped(t, entry{name: "a.pdf"}, entry{name: "b.pdf"})
	count := 0
	for range unzip(data, intake.UBLLimits{}) {
		count++
		break
	}
	require.Equal(t, 1, count)
}

// FuzzUBLZip: whatever the bytes are: no panic, names that a log can take, and no more
// than the limits allow.
func FuzzUBLZip(f *testing.F) {
	f.Add(zipped(f, entry{name: "a.xml", text: ubl(f, "F-1")}))
	f.Add(zipped(f, entry{name: "../a.xml", text: "x"}, entry{name: "b/", text: ""}, entry{name: "c.zip", text: "PK"}))
	f.Add(zipped(f, entry{name: "a.xml", text: strings.Repeat(" ", 5000), flags: 1}))
	f.Add(manyEntries(20))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := intake.UBLLimits{MaxEntries: 10, MaxFile: 20_000, MaxTotal: 100_000}
		count, total := 0, 0
		for file, err := range unzip(data, limits) {
			if err != nil {
				var r *sheet.Refusal
				require.ErrorAs(t, err, &r)
				continue
			}
			count++
			total += len(file.Content)
			require.NotContains(t, file.Name, "\n")
			require.LessOrEqual(t, len(file.Content), 20_000)
			require.False(t, file.Document != nil && file.Fault != nil, fmt.Sprint(file.Fault))
		}
		require.LessOrEqual(t, count, 10)
		require.LessOrEqual(t, total, 100_000)
	})
}
