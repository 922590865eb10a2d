package bankstatement_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
	"maan/internal/calendar"
	"maan/internal/money"
)

func TestRead_BalancedStatementIsReadWhole(t *testing.T) {
	t.Parallel()
	doc := read(t, own(t, "balanced.xml"))
	require.Empty(t, doc.Warnings)
	require.Equal(t, "camt.053.001.02", doc.Version)
	require.Equal(t, "DAY-2026-10-14", doc.MessageID)
	require.True(t, doc.Created.Equal(time.Date(2026, 10, 15, 3, 30, 0, 0, time.UTC)))
	require.Len(t, doc.Statements, 1)
	st := doc.Statements[0]
	require.Equal(t, "2026-10-14/1", st.ID)
	require.Equal(t, int64(197), st.Sequence)
	require.Equal(t, bankstatement.Account{IBAN: ownIBAN, Currency: "EUR"}, st.Account)
	require.Equal(t, day(2026, 10, 14), st.From)
	require.Equal(t, day(2026, 10, 14), st.To)
	require.Equal(t, &bankstatement.Balance{Amount: eur(-25000), Date: day(2026, 10, 13)}, st.Opening)
	require.Equal(t, &bankstatement.Balance{Amount: eur(261430), Date: day(2026, 10, 14)}, st.Closing)
	require.Equal(t, bankstatement.Check{Result: bankstatement.Balanced}, st.Check)
	require.Equal(t, bankstatement.Totals{Booked: 3, Unbooked: 1, Transactions: 5, Credits: eur(340500), Debits: eur(-54070)}, st.Totals)
	require.Len(t, st.Entries, 4)
}

func TestRead_SingleTransfer(t *testing.T) {
	t.Parallel()
	e := read(t, own(t, "balanced.xml")).Statements[0].Entries[0]
	require.Equal(t, "1", e.Ref)
	require.Equal(t, "0093-1", e.BankRef)
	require.Equal(t, eur(60500), e.Amount)
	require.False(t, e.Reversal)
	require.Equal(t, bankstatement.Booked, e.Status)
	require.Equal(t, day(2026, 10, 14), e.BookingDate)
	require.Equal(t, bankstatement.BankTxCode{Domain: "PMNT", Family: "RCDT", SubFamily: "ESCT"}, e.BankTxCode)
	require.Len(t, e.Transactions, 1)
	tr := e.Transactions[0]
	require.Equal(t, eur(60500), tr.Amount)
	require.Empty(t, tr.EndToEndID, "NOTPROVIDED is none")
	require.Equal(t, bankstatement.Counterparty{Name: "Holding Dupont SA", IBAN: "BE68539007547034", Ultimate: "Dupont Freres SRL"}, tr.Counterparty)
	require.Equal(t, []bankstatement.Reference{{Scheme: bankstatement.SchemeOGM, Value: "312401398067"}}, tr.References)
}

func TestRead_Batch(t *testing.T) {
	t.Parallel()
	e := read(t, own(t, "balanced.xml")).Statements[0].Entries[1]
	require.Equal(t, eur(280000), e.Amount)
	require.Equal(t, day(2026, 10, 15), e.ValueDate)
	require.Len(t, e.Transactions, 3)
	require.Equal(t, []money.Amount{eur(180000), eur(70000), eur(30000)},
		[]money.Amount{e.Transactions[0].Amount, e.Transactions[1].Amount, e.Transactions[2].Amount})
	require.Equal(t, "P-1", e.Transactions[0].EndToEndID)
	require.Equal(t, "invoices 2026-0201 and 2026-0202", e.Transactions[0].Text)
	require.Equal(t, []bankstatement.Reference{{Scheme: bankstatement.SchemeRF, Value: "RF712348231"}}, e.Transactions[1].References)
	require.Equal(t, []string{"2026-0210", "2026-0211"}, e.Transactions[1].InvoiceNumbers)
	require.Equal(t, []bankstatement.Reference{{Scheme: bankstatement.SchemeCUR, Value: "5000056789012345"}}, e.Transactions[2].References)
	require.Equal(t, "De Wit VOF", e.Transactions[2].Counterparty.Name)
}

// DBIT with RvslInd true takes an earlier credit back: it is negative, and the
// customer is still the debtor.
func TestRead_ReturnedDirectDebitIsNegativeAndOfTheDebtor(t *testing.T) {
	t.Parallel()
	e := read(t, own(t, "balanced.xml")).Statements[0].Entries[2]
	require.Equal(t, eur(-54070), e.Amount)
	require.True(t, e.Reversal)
	require.Len(t, e.Transactions, 1)
	tr := e.Transactions[0]
	require.Equal(t, eur(-54070), tr.Amount)
	require.Equal(t, eur(-54000), tr.OriginalAmount)
	require.Equal(t, eur(70), tr.Charges)
	require.Equal(t, "DD-2026-0177", tr.EndToEndID)
	require.Equal(t, "M-4411", tr.MandateID)
	require.Equal(t, "AC04", tr.ReturnReason)
	require.Equal(t, "account closed", tr.ReturnText)
	require.Equal(t, "Rossi SRL", tr.Counterparty.Name)
}

func TestRead_PendingEntryMovesNothing(t *testing.T) {
	t.Parallel()
	e := read(t, own(t, "balanced.xml")).Statements[0].Entries[3]
	require.Equal(t, bankstatement.Pending, e.Status)
	require.Equal(t, eur(9900), e.Amount)
	require.Equal(t, bankstatement.BankTxCode{Proprietary: "544"}, e.BankTxCode)
	require.Len(t, e.Transactions, 1, "without details the entry is the transaction")
	require.Equal(t, "expected tomorrow", e.Transactions[0].Text)
	require.Empty(t, e.Transactions[0].Key)
}

func TestRead_Signs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, indicator, reversal string
		want                      int64
		reversed                  bool
	}{
		{"CreditIsPositive", "CRDT", "", 1000, false},
		{"DebitIsNegative", "DBIT", "", -1000, false},
		{"ReversedCreditIsNegative", "DBIT", "<RvslInd>true</RvslInd>", -1000, true},
		{"ReversedDebitIsPositive", "CRDT", "<RvslInd>1</RvslInd>", 1000, true},
		{"NoReversalSaidSo", "CRDT", "<RvslInd>false</RvslInd>", 1000, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, _ := readEntry(t, `<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>`+tt.indicator+`</CdtDbtInd>`+tt.reversal+`<Sts>BOOK</Sts>`+dates)
			require.Equal(t, eur(tt.want), e.Amount)
			require.Equal(t, tt.reversed, e.Reversal)
			require.Equal(t, eur(tt.want), e.Transactions[0].Amount)
		})
	}
}

func TestRead_Amounts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"8.85": 885, "8.850": 885, "8.85000": 885, "8.8": 880, "8": 800, "8.": 800, ".5": 50, "0": 0, "00012.30": 1230,
		"\n8.85\t": 885, "999999999999.99": 99999999999999,
	} {
		e, _ := readEntry(t, `<Amt Ccy="EUR">`+text+`</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>`+dates)
		require.Equal(t, eur(want), e.Amount, text)
	}
	for text, code := range map[string]bankstatement.Code{
		"8.851": bankstatement.CodeInexactAmount, "8.85001": bankstatement.CodeInexactAmount,
		"-8.85": bankstatement.CodeInvalidAmount, "+8.85": bankstatement.CodeInvalidAmount, "8,85": bankstatement.CodeInvalidAmount,
		"1e3": bankstatement.CodeInvalidAmount, "": bankstatement.CodeInvalidAmount, ".": bankstatement.CodeInvalidAmount,
		"1.2.3": bankstatement.CodeInexactAmount, "99999999999999999999": bankstatement.CodeInvalidAmount, "NaN": bankstatement.CodeInvalidAmount,
	} {
		faults := refused(t, file(ntry(`<Amt Ccy="EUR">`+text+`</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>`+dates)))
		require.Equal(t, []bankstatement.Code{code}, codes(faults), text)
		require.Equal(t, "/Document/BkToCstmrStmt/Stmt/Ntry/Amt", faults[0].Path)
	}
}

func TestRead_OtherCurrenciesHaveTheirOwnDecimals(t *testing.T) {
	t.Parallel()
	of := func(currency, amount string) string {
		return strings.ReplaceAll(strings.ReplaceAll(file(ntry(credit)), "EUR", currency), "10.00", amount)
	}
	yen := strings.ReplaceAll(of("JPY", "10"), "100.00", "100")
	require.Equal(t, money.New(10, "JPY"), read(t, yen).Statements[0].Entries[0].Amount)
	require.Equal(t, money.New(10125, "BHD"), read(t, of("BHD", "10.1250")).Statements[0].Entries[0].Amount)
	require.Contains(t, codes(refused(t, of("JPY", "10.5"))), bankstatement.CodeInexactAmount)
}

func TestRead_Dates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, bookg, val string
		booked, valued   calendar.Date
	}{
		{"Dt", "<Dt>2026-08-31</Dt>", "<Dt>2026-09-01</Dt>", day(2026, 8, 31), day(2026, 9, 1)},
		{"DtTmWithZoneCountsWhereItWasWritten", "<DtTm>2026-08-31T23:30:00-05:00</DtTm>", "<DtTm>2026-09-01T00:15:00+02:00</DtTm>", day(2026, 8, 31), day(2026, 9, 1)},
		{"DtTmInUTC", "<DtTm>2026-08-31T22:30:00Z</DtTm>", "<Dt>2026-09-01</Dt>", day(2026, 8, 31), day(2026, 9, 1)},
		{"DtTmWithoutZone", "<DtTm>2026-08-31T22:30:00</DtTm>", "<Dt>2026-09-01</Dt>", day(2026, 8, 31), day(2026, 9, 1)},
		{"DtTmWithMilliseconds", "<DtTm>2026-08-31T22:30:00.123+02:00</DtTm>", "<Dt>2026-09-01</Dt>", day(2026, 8, 31), day(2026, 9, 1)},
		{"DtWithZone", "<Dt>2026-08-31+02:00</Dt>", "<Dt>2026-09-01Z</Dt>", day(2026, 8, 31), day(2026, 9, 1)},
		{"BookingDateAlone", "<Dt>2026-08-31</Dt>", "", day(2026, 8, 31), day(2026, 8, 31)},
		{"ValueDateAlone", "", "<Dt>2026-09-01</Dt>", day(2026, 9, 1), day(2026, 9, 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, _ := readEntry(t, `<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt>`+tt.bookg+`</BookgDt><ValDt>`+tt.val+`</ValDt>`)
			require.Equal(t, tt.booked, e.BookingDate)
			require.Equal(t, tt.valued, e.ValueDate)
		})
	}
}

func TestRead_Statuses(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bankstatement.Status{
		"BOOK": bankstatement.Booked, "PDNG": bankstatement.Pending, "FUTR": bankstatement.Pending, "INFO": bankstatement.Info,
	} {
		entry := ntry(`<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>` + code + `</Sts>` + dates)
		require.Equal(t, want, read(t, file(entry)).Statements[0].Entries[0].Status)
		entry = strings.Replace(entry, "<Sts>"+code+"</Sts>", "<Sts><Cd>"+code+"</Cd></Sts>", 1)
		st := read(t, start08+stmt(entry)+end).Statements[0]
		require.Equal(t, want, st.Entries[0].Status)
		require.Equal(t, want == bankstatement.Booked, st.Check.Result == bankstatement.Balanced, "only booked entries count")
	}
}

func TestRead_Checks(t *testing.T) {
	t.Parallel()
	head := `<Stmt><Id>S-1</Id>` + account
	tests := []struct {
		name, balances string
		want           bankstatement.Check
		warnings       []bankstatement.Code
	}{
		{"Balanced", bal("OPBD", "5.00") + bal("CLBD", "15.00"), bankstatement.Check{Result: bankstatement.Balanced}, nil},
		{"Unbalanced", bal("OPBD", "5.00") + bal("CLBD", "14.99"), bankstatement.Check{Result: bankstatement.Unbalanced, Difference: eur(-1)}, []bankstatement.Code{bankstatement.CodeUnbalanced}},
		{"PreviousClosingServesAsOpening", bal("PRCD", "5.00") + bal("CLBD", "15.00"), bankstatement.Check{Result: bankstatement.Balanced}, nil},
		{"AvailableBalancesDoNotCount", bal("OPBD", "5.00") + bal("CLAV", "99.00") + bal("CLBD", "15.00"), bankstatement.Check{Result: bankstatement.Balanced}, nil},
		{"ClosingMissing", bal("OPBD", "5.00"), bankstatement.Check{Result: bankstatement.Unchecked}, []bankstatement.Code{bankstatement.CodeBalanceMissing}},
		{"OpeningMissing", bal("CLBD", "5.00"), bankstatement.Check{Result: bankstatement.Unchecked}, []bankstatement.Code{bankstatement.CodeBalanceMissing}},
		{"OtherCurrency", bal("OPBD", "5.00") + strings.ReplaceAll(bal("CLBD", "15.00"), "EUR", "SEK"), bankstatement.Check{Result: bankstatement.Unchecked}, []bankstatement.Code{bankstatement.CodeCurrencyMismatch}},
		{"TheBalanceInTheCurrencyOfTheAccountCounts", bal("OPBD", "5.00") + strings.ReplaceAll(bal("CLBD", "9.00"), "EUR", "SEK") + bal("CLBD", "15.00"), bankstatement.Check{Result: bankstatement.Balanced}, nil},
		{"BalanceTwice", bal("OPBD", "5.00") + bal("CLBD", "15.00") + bal("CLBD", "16.00"), bankstatement.Check{Result: bankstatement.Balanced}, []bankstatement.Code{bankstatement.CodeRepeated}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, start02+head+tt.balances+ntry(credit)+"</Stmt>"+end)
			require.Equal(t, tt.want, doc.Statements[0].Check)
			require.ElementsMatch(t, tt.warnings, codes(doc.Warnings))
		})
	}
}

func TestRead_SeveralStatements(t *testing.T) {
	t.Parallel()
	second := strings.NewReplacer(ownIBAN, "NL20INGB0001234567", "S-1", "S-2", "110.00", "120.00").Replace(stmt(ntry(credit), ntry(credit)))
	doc := read(t, start02+stmt(ntry(credit))+second+end)
	require.Len(t, doc.Statements, 2)
	require.Equal(t, []string{"S-1", "S-2"}, []string{doc.Statements[0].ID, doc.Statements[1].ID})
	require.Equal(t, "NL20INGB0001234567", doc.Statements[1].Account.IBAN, "whose account it is, is for the caller")
	for i, st := range doc.Statements {
		require.Len(t, st.Entries, i+1)
		require.Equal(t, bankstatement.Balanced, st.Check.Result)
	}
}

func TestRead_StatementWithoutEntries(t *testing.T) {
	t.Parallel()
	doc := read(t, start02+`<Stmt><Id>S-1</Id>`+account+bal("OPBD", "5.00")+bal("CLBD", "5.00")+`</Stmt>`+end)
	require.Empty(t, doc.Statements[0].Entries)
	require.Equal(t, bankstatement.Balanced, doc.Statements[0].Check.Result)
}

// Without Acct/Ccy the balances, else the first entry, tell the currency.
func TestRead_CurrencyOfTheAccount(t *testing.T) {
	t.Parallel()
	for _, balances := range []string{bal("OPBD", "5.00"), ""} {
		doc := read(t, start02+`<Stmt><Id>S-1</Id>`+strings.Replace(account, "<Ccy>EUR</Ccy>", "", 1)+balances+ntry(credit)+`</Stmt>`+end)
		require.Equal(t, money.Currency("EUR"), doc.Statements[0].Account.Currency)
		require.Equal(t, eur(1000), doc.Statements[0].Totals.Credits)
	}
}

func TestRead_Texts(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, entry, detail, want string }{
		{"PiecesAreJoined", "", "<RmtInf><Ustrd>invoice 1 </Ustrd><Ustrd>\n and\t2</Ustrd></RmtInf>", "invoice 1 and 2"},
		{"AdditionalRemittanceIsText", "", "<RmtInf><Ustrd>a</Ustrd><Strd><AddtlRmtInf>b</AddtlRmtInf></Strd></RmtInf>", "a b"},
		{"AdditionalTransactionInformationServes", "entry", "<AddtlTxInf>transaction</AddtlTxInf>", "transaction"},
		{"AdditionalEntryInformationServesLast", "entry", "", "entry"},
		{"InvisibleCharactersAreDropped", "", "<RmtInf><Ustrd>a\u202eb\u200b&#x85;c</Ustrd></RmtInf>", "ab c"},
		{"EntitiesOfXML", "", "<RmtInf><Ustrd>Jansen &amp; Zn &#233;</Ustrd></RmtInf>", "Jansen & Zn é"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, _ := readEntry(t, credit+details(tx(tt.detail))+"<AddtlNtryInf>"+tt.entry+"</AddtlNtryInf>")
			require.Equal(t, tt.want, e.Transactions[0].Text)
		})
	}
}
