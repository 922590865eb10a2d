package bankstatement_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
	"maan/internal/money"
)

// shared is the folder of banks' and standard bodies' examples, which the
// project does not ship.
var shared = filepath.Join("..", "..", "..", "shared", "samples", "bankstatement")

func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(shared, name))
	if os.IsNotExist(err) {
		t.Skipf("the example statements are not in %s", shared)
	}
	require.NoError(t, err)
	return string(data)
}

var (
	payer = bankstatement.Counterparty{Name: "NAME NAME", IBAN: "NL56AGDH9619008421"}
	scor  = []bankstatement.Reference{{Scheme: bankstatement.SchemeSCOR, Value: "4654654654654654"}}
)

func TestRead_Samples(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file, version string
		account       bankstatement.Account
		closing       money.Amount
		check         bankstatement.CheckResult
		bankRef, e2e  string
		party         bankstatement.Counterparty
		references    []bankstatement.Reference
		text          string
	}{
		{"camt053.v2.minimal.xml", "camt.053.001.02", bankstatement.Account{IBAN: "NL26VAYB8060476890", Currency: "EUR"}, money.New(-2700, "SEK"), bankstatement.Unchecked, "", "", payer, scor, ""},
		{"camt053.v2.with-party-ids.xml", "camt.053.001.02", bankstatement.Account{IBAN: "NL26VAYB8060476890", Currency: "EUR"}, money.New(-2700, "SEK"), bankstatement.Unchecked, "", "", payer, scor, ""},
		{"camt053.v2.five.decimals.xml", "camt.053.001.02", bankstatement.Account{IBAN: "NL26VAYB8060476890", Currency: "EUR"}, eur(2705), bankstatement.Unbalanced, "", "000000001", bankstatement.Counterparty{Name: "Company Name", IBAN: "NL56AGDH9619008421"}, nil, "Transaction Description"},
		{"camt053.v4.xml", "camt.053.001.04", bankstatement.Account{Other: "NL26VAYB8060476890", Currency: "EUR"}, money.New(-2700, "SEK"), bankstatement.Unchecked, "AAAASESS-FP-CN_98765/01", "", payer, scor, ""},
		{"camt053.v8.xml", "camt.053.001.08", bankstatement.Account{Other: "NL26VAYB8060476890", Currency: "EUR"}, money.New(-2700, "SEK"), bankstatement.Unchecked, "AAAASESS-FP-CN_98765/01", "MUELL/FINP/RA12345", payer, scor, ""},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			doc := read(t, sample(t, tt.file))
			require.Equal(t, tt.version, doc.Version)
			require.Equal(t, "CAMT053RIB000000000001", doc.MessageID)
			require.Len(t, doc.Statements, 1)
			st := doc.Statements[0]
			require.Equal(t, "253EURNL26VAYB8060476890", st.ID)
			require.Equal(t, int64(12312), st.Sequence)
			require.Equal(t, tt.account, st.Account)
			require.Equal(t, &bankstatement.Balance{Amount: eur(1815), Date: day(2014, 12, 30)}, st.Opening)
			require.Equal(t, tt.closing, st.Closing.Amount)
			require.Equal(t, tt.check, st.Check.Result)
			require.Len(t, st.Entries, 1)
			e := st.Entries[0]
			require.Equal(t, eur(885), e.Amount)
			require.Equal(t, tt.bankRef, e.BankRef)
			require.Equal(t, day(2014, 12, 31), e.BookingDate)
			require.Equal(t, day(2015, 1, 2), e.ValueDate)
			require.Len(t, e.Transactions, 1)
			tr := e.Transactions[0]
			require.Equal(t, eur(885), tr.Amount, "a detail of SEK 0 says nothing")
			require.Equal(t, tt.e2e, tr.EndToEndID)
			require.Equal(t, tt.party, tr.Counterparty)
			require.Equal(t, tt.references, tr.References)
			require.Equal(t, tt.text, tr.Text)
		})
	}
}

// The sample's own figures do not fit: 18.15 + 8.85 is 27.00, not 27.05.
func TestRead_FiveDecimalsAreExactAndTheDifferenceIsTold(t *testing.T) {
	t.Parallel()
	doc := read(t, sample(t, "camt053.v2.five.decimals.xml"))
	require.Equal(t, bankstatement.Check{Result: bankstatement.Unbalanced, Difference: eur(5)}, doc.Statements[0].Check)
}

func TestRead_SampleOfSeveralStatements(t *testing.T) {
	t.Parallel()
	doc := read(t, sample(t, "camt053.v2.multi.statement.xml"))
	require.Empty(t, doc.Warnings)
	require.Len(t, doc.Statements, 2)
	for i, want := range []struct {
		id       string
		sequence int64
		amount   money.Amount
		party    string
	}{{"253EURNL26VAYB8060476890", 12312, eur(885), "Company Name 1"}, {"254EURNL26VAYB8060476890", 0, eur(-700), "Company Name 2"}} {
		st := doc.Statements[i]
		require.Equal(t, want.id, st.ID)
		require.Equal(t, want.sequence, st.Sequence)
		require.Equal(t, bankstatement.Balanced, st.Check.Result)
		require.Equal(t, want.amount, st.Entries[0].Amount)
		require.Equal(t, want.party, st.Entries[0].Transactions[0].Counterparty.Name)
	}
}

func TestRead_BalancedSampleOfTheDomainFile(t *testing.T) {
	t.Parallel()
	doc := read(t, sample(t, "own-balanced-sample.xml"))
	require.Empty(t, doc.Warnings)
	st := doc.Statements[0]
	require.Equal(t, eur(100000), st.Opening.Amount)
	require.Equal(t, eur(383950), st.Closing.Amount)
	require.Equal(t, bankstatement.Balanced, st.Check.Result)
	require.Equal(t, []money.Amount{eur(121000), eur(200000), eur(-37050)}, []money.Amount{st.Entries[0].Amount, st.Entries[1].Amount, st.Entries[2].Amount})
	require.Equal(t, []bankstatement.Reference{{Scheme: bankstatement.SchemeOGM, Value: "010806817183"}}, st.Entries[0].Transactions[0].References)
	batch := st.Entries[1].Transactions
	require.Equal(t, []money.Amount{eur(150000), eur(50000)}, []money.Amount{batch[0].Amount, batch[1].Amount})
	require.Equal(t, "Fact 2026-0101 en 2026-0107 min creditnota CN-12", batch[0].Text)
	require.Equal(t, []bankstatement.Reference{{Scheme: bankstatement.SchemeRF, Value: "RF18539007547034"}}, batch[1].References)
	back := st.Entries[2].Transactions[0]
	require.True(t, st.Entries[2].Reversal)
	require.Equal(t, "MD06", back.ReturnReason)
	require.Equal(t, "MANDATE-9", back.MandateID)
	require.Equal(t, "Gamma SRL", back.Counterparty.Name)
	require.Equal(t, eur(-37000), back.OriginalAmount)
	require.Equal(t, eur(50), back.Charges)
}
