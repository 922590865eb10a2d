package bankstatement_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
)

func TestPrint(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, bankstatement.Print(&b, read(t, own(t, "balanced.xml"))))
	require.Equal(t, own(t, "balanced.txt"), b.String())
}

func TestPrint_DifferencesWarningsAndLongTexts(t *testing.T) {
	t.Parallel()
	text := details("<Btch><NbOfTxs>9</NbOfTxs></Btch>" + tx("<RmtInf><Ustrd>"+strings.Repeat("é", 60)+"</Ustrd></RmtInf>"))
	doc := read(t, start02+strings.Replace(stmt(ntry(credit+text), ntry(credit+"<NtryDtls><Btch><NbOfTxs>7</NbOfTxs></Btch></NtryDtls>")), bal("CLBD", "110.00"), bal("CLBD", "120.01"), 1)+
		`<Stmt><Id>S-2</Id>`+account+`</Stmt>`+end)
	doc.MoreWarnings = 3
	var b strings.Builder
	require.NoError(t, bankstatement.Print(&b, doc))
	for _, want := range []string{
		"unbalanced by EUR 0.01", strings.Repeat("é", 40) + "…", "7 payments", "not stated", "unchecked",
		"line 3, /Document/BkToCstmrStmt/Stmt/Bal: the closing balance is EUR 0.01 off", "and 3 more",
	} {
		require.Contains(t, b.String(), want)
	}
}

func TestPrint_SaysWhyAPaymentCameBack(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"AC01", "AC04", "AC06", "AC13", "AG01", "AM04", "MD01", "MD06", "MD07", "MS02", "MS03", "SL01", "ZZ99"} {
		doc := read(t, file(ntry(credit)))
		doc.Statements[0].Entries[0].Transactions[0].ReturnReason = code
		var b strings.Builder
		require.NoError(t, bankstatement.Print(&b, doc))
		require.Contains(t, b.String(), "returned "+code)
		require.Equal(t, code != "ZZ99", strings.Contains(b.String(), "returned "+code+" ("), code)
	}
}

type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestPrint_TellsWhenItCannotWrite(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, bankstatement.Print(full{}, read(t, file(ntry(credit)))), errFull)
}

// The JSON form is an interface: what was read comes back whole.
func TestDocument_JSON(t *testing.T) {
	t.Parallel()
	doc := read(t, own(t, "balanced.xml"))
	text, err := json.Marshal(doc)
	require.NoError(t, err)
	require.Contains(t, string(text), `"booking_date":"2026-10-14"`)
	require.Contains(t, string(text), `"amount":{"minor":-54070,"currency":"EUR"}`)
	var again bankstatement.Document
	require.NoError(t, json.Unmarshal(text, &again))
	require.True(t, doc.Created.Equal(again.Created))
	require.Equal(t, doc.Statements[0].Entries, again.Statements[0].Entries)
}
