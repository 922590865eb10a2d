package document_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/document"
)

// The drawn code, on the printed page, is read by a scanner.
func TestReminder_QRCodeIsReadFromThePaper(t *testing.T) {
	t.Parallel()
	render, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm is not installed (Debian: poppler-utils): the QR code is not scanned")
	}
	scan, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed (Debian: zbar-tools): the QR code is not scanned")
	}
	pdf, err := document.Reminder(claiming("nl"))
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "reminder")
	require.NoError(t, os.WriteFile(file+".pdf", pdf, 0o600))
	// 100 dots an inch is far worse than any printer and camera.
	require.NoError(t, exec.CommandContext(t.Context(), render, "-r", "100", "-f", "1", "-l", "1", "-singlefile", "-png", file+".pdf", file).Run())
	read, err := exec.CommandContext(t.Context(), scan, "--quiet", "--raw", "--oneshot", "-Sbinary", file+".png").Output()
	require.NoError(t, err)
	require.Equal(t, "BCD\n002\n1\nSCT\n\nNoorderlicht Techniek B.V.\nNL91ABNA0417164300\nEUR12399.54\n\nRF18539007547034", strings.TrimRight(string(read), "\n"))
}
