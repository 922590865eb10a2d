package bankstatement_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
	"maan/internal/bankstatement/statementtest"
	"maan/internal/money"
)

// FuzzRead checks what must hold for any bytes: no panic, faults that a log can
// take, and a document that keeps its promises.
func FuzzRead(f *testing.F) {
	balanced := own(f, "balanced.xml")
	for _, text := range []string{
		balanced, balanced[:len(balanced)/2], string(written(f, many(statementtest.Version02, 3))), string(written(f, many(statementtest.Version08, 3))),
		strings.ReplaceAll(balanced, "camt.053.001.02", "camt.053.001.04"), strings.ReplaceAll(balanced, "UTF-8", "windows-1252"),
		strings.ReplaceAll(balanced, "<TxAmt>", "<InstdAmt>"), strings.ReplaceAll(balanced, "DBIT", "CRDT"), strings.ReplaceAll(balanced, "00<", "001<"),
		billionLaughs(), "\xff\xfe<\x00", file(ntry(credit + "<AddtlNtryInf>&#0;</AddtlNtryInf>")), start02 + "<Stmt><Ntry><NtryDtls><TxDtls/>",
		file(strings.Repeat("<a>", 70)), file(ntry(credit + details(tx("")+tx("")))), "",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := bankstatement.Read(bytes.NewReader(data), bankstatement.Options{MaxBytes: 1 << 20, MaxEntries: 50, MaxBatch: 50})
		if err != nil {
			require.Nil(t, doc)
			refusal, ok := errors.AsType[*bankstatement.Error](err)
			require.True(t, ok, "%v", err)
			require.NotEmpty(t, refusal.Faults)
			requireSoundFaults(t, refusal.Faults)
			return
		}
		requireSoundFaults(t, doc.Warnings)
		require.NotEmpty(t, doc.Statements)
		for _, st := range doc.Statements {
			requireSound(t, st)
		}
		require.NoError(t, bankstatement.Print(new(bytes.Buffer), doc))
	})
}

func requireSoundFaults(t *testing.T, faults []bankstatement.Fault) {
	t.Helper()
	require.LessOrEqual(t, len(faults), 100)
	for _, f := range faults {
		require.NotEmpty(t, f.Code)
		require.True(t, strings.HasPrefix(f.Path, "/"))
		require.False(t, strings.ContainsFunc(f.String(), unicode.IsControl))
	}
}

// requireSound: what a statement promises, computed here once more.
func requireSound(t *testing.T, st *bankstatement.Statement) {
	t.Helper()
	require.NotEmpty(t, st.ID)
	require.NotEmpty(t, st.Account.ID())
	sum, keys := money.New(0, st.Account.Currency), map[string]bool{}
	for _, e := range st.Entries {
		require.NotEmpty(t, e.Transactions)
		require.Equal(t, st.Account.Currency, e.Amount.Currency)
		total := money.New(0, st.Account.Currency)
		for _, tr := range e.Transactions {
			total = mustAdd(t, total, tr.Amount)
			require.Equal(t, e.Status == bankstatement.Booked, tr.Key != "")
			require.False(t, keys[tr.Key] && tr.Key != "", "keys differ within a statement")
			keys[tr.Key] = true
			require.False(t, strings.ContainsFunc(tr.Text+tr.Counterparty.Name+tr.EndToEndID, unicode.IsControl))
		}
		require.Equal(t, e.Amount, total)
		if e.Status == bankstatement.Booked {
			require.False(t, e.BookingDate.IsZero())
			sum = mustAdd(t, sum, e.Amount)
		}
	}
	if st.Check.Result == bankstatement.Balanced {
		require.Equal(t, st.Closing.Amount, mustAdd(t, st.Opening.Amount, sum))
	}
}

func mustAdd(t *testing.T, a, b money.Amount) money.Amount {
	t.Helper()
	sum, err := a.Add(b)
	require.NoError(t, err)
	return sum
}
