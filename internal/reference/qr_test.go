package reference_test

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/reference"
)

// Payloads of our own (the first) and published ones, with their sizes.
var payloads = []struct {
	name, payload string
	bytes         int
}{
	{"OwnRF", "BCD\n002\n1\nSCT\n\nVoorbeeld Leverancier BV\nNL91ABNA0417164300\nEUR1210.00\n\n" +
		"RF18539007547034\n\nFactuur 2026-0123", 106},
	{"PublishedGerman", "BCD\n001\n1\nSCT\nBHBLDEHHXXX\nFranz Mustermänn\nDE71110220330123456789\n" +
		"EUR12.3\nGDDS\nRF18539007547034", 96},
	{"PublishedBelgian", "BCD\n001\n1\nSCT\nBPOTBEB1\nRed Cross of Belgium\nBE72000000001616\n" +
		"EUR1.00\nCHAR\n\nUrgency fund\nSample EPC QR code", 106},
}

func TestQRCodePNG_IsReadByAScanner(t *testing.T) {
	t.Parallel()
	scan := scanner(t)
	for _, tt := range payloads {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Len(t, tt.payload, tt.bytes)
			require.Equal(t, tt.payload, scan(t, tt.payload))
		})
	}
}

// What the payer's app reads is what the transfer says: line by line, for each
// kind of reference.
func TestTransfer_IsReadByAScanner(t *testing.T) {
	t.Parallel()
	scan := scanner(t)
	tests := []struct {
		name   string
		change func(*reference.Transfer)
		line   int // counted from 1, as the standard does
		want   string
	}{
		{"RF", nil, 10, "RF18539007547034"},
		{"OGMAsTwelveDigits", func(t *reference.Transfer) { t.Reference = "+++010/8068/17183+++" }, 10, "010806817183"},
		{"BetalingskenmerkAsText", func(t *reference.Transfer) { t.Reference = "12 2345 3462 2567" }, 11, "12 2345 3462 2567"},
		{"NameWithAccents", func(t *reference.Transfer) { t.Name = "Société Générale d’Électricité Łódź" }, 6, "Societe Generale d'Electricite Lodz"},
		{"BelgianAccount", func(t *reference.Transfer) { t.IBAN = "BE68 5390 0754 7034" }, 7, "BE68539007547034"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			transfer := transfer(tt.change)
			payload, err := transfer.EPC()
			require.NoError(t, err)
			read := scan(t, payload)
			require.Equal(t, payload, read)
			require.Equal(t, tt.want, strings.Split(read, "\n")[tt.line-1])
		})
	}
}

// scanner returns a function that draws a payload and reads the picture back.
func scanner(t *testing.T) func(*testing.T, string) string {
	t.Helper()
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed (Debian: zbar-tools): the QR codes are not scanned")
	}
	return func(t *testing.T, payload string) string {
		t.Helper()
		picture, err := reference.QRCodePNG(payload)
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "qr.png")
		require.NoError(t, os.WriteFile(file, picture, 0o600))
		// In binary mode the scanner does not guess a character set.
		read, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", "--oneshot", "-Sbinary", file).Output()
		require.NoError(t, err)
		return strings.TrimRight(string(read), "\n")
	}
}

// 106 bytes at level M need version 6: 41 modules and 4 of quiet zone on each
// side.
func TestQRCodePNG_SizeAndQuietZone(t *testing.T) {
	t.Parallel()
	const scale, modules, quiet = 4, 41, 4
	picture, err := reference.QRCodePNG(payloads[0].payload)
	require.NoError(t, err)
	image, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	side := (modules + 2*quiet) * scale
	require.Equal(t, side, image.Bounds().Dx())
	require.Equal(t, side, image.Bounds().Dy())
	for y := range side {
		for x := range side {
			inside := min(x, y, side-1-x, side-1-y) >= quiet*scale
			if r, _, _, _ := image.At(x, y).RGBA(); !inside {
				require.Equal(t, uint32(0xffff), r, "the quiet zone is white")
			}
		}
	}
	corner, _, _, _ := image.At(quiet*scale, quiet*scale).RGBA()
	require.Zero(t, corner, "the finder pattern begins right inside")
}

func TestQRModules_AreThoseOfThePicture(t *testing.T) {
	t.Parallel()
	rows, err := reference.QRModules(payloads[0].payload)
	require.NoError(t, err)
	picture, err := reference.QRCodePNG(payloads[0].payload)
	require.NoError(t, err)
	image, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Len(t, rows, 41)
	for y, row := range rows {
		require.Len(t, row, 41)
		for x, black := range row {
			shade, _, _, _ := image.At(4*(x+reference.QuietZone), 4*(y+reference.QuietZone)).RGBA()
			require.Equal(t, shade == 0, black, "column %d, row %d", x, y)
		}
	}
	_, err = reference.QRModules(strings.Repeat("x", 332))
	require.ErrorContains(t, err, "needs version 14, at most 13")
}

func TestQRCodePNG_IsRepeatable(t *testing.T) {
	t.Parallel()
	first, err := reference.QRCodePNG(payloads[0].payload)
	require.NoError(t, err)
	second, err := reference.QRCodePNG(payloads[0].payload)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

func TestQRCodePNG_Refuses(t *testing.T) {
	t.Parallel()
	_, err := reference.QRCodePNG("")
	require.ErrorContains(t, err, "empty")
	_, err = reference.QRCodePNG(strings.Repeat("x", 331))
	require.NoError(t, err, "331 bytes are the most of version 13")
	_, err = reference.QRCodePNG(strings.Repeat("x", 332))
	require.ErrorContains(t, err, "needs version 14, at most 13")
	_, err = reference.QRCodePNG(strings.Repeat("x", 9999))
	require.ErrorContains(t, err, "9999 bytes")
}
