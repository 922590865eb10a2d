package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var balanced = filepath.Join("..", "..", "internal", "bankstatement", "testdata", "balanced.xml")

func bank(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := root()
	var out bytes.Buffer
	cmd.SetArgs(append([]string{"bank"}, args...))
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestBankRead(t *testing.T) {
	t.Parallel()
	out, err := bank(t, "", "read", balanced)
	require.NoError(t, err)
	require.Contains(t, out, "Check    balanced")
	require.Contains(t, out, "-540.70")
}

func TestBankRead_JSON(t *testing.T) {
	t.Parallel()
	out, err := bank(t, "", "read", "--json", balanced)
	require.NoError(t, err)
	var doc struct {
		Statements []struct{ Check struct{ Result string } }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &doc))
	require.Equal(t, "balanced", doc.Statements[0].Check.Result)
}

func TestBankRead_RefusedFileFromStandardInput(t *testing.T) {
	t.Parallel()
	out, err := bank(t, `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"/>`, "read", "-")
	require.ErrorContains(t, err, "camt.054.001.08")
	require.Empty(t, out)
}

func TestBankRead_NoSuchFile(t *testing.T) {
	t.Parallel()
	_, err := bank(t, "", "read", filepath.Join(t.TempDir(), "none.xml"))
	require.ErrorContains(t, err, "none.xml")
}
