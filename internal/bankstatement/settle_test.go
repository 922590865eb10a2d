package bankstatement_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
	"maan/internal/money"
)

func amt(s string) string   { return `<Amt Ccy="EUR">` + s + `</Amt>` }
func txAmt(s string) string { return `<AmtDtls><TxAmt>` + amt(s) + `</TxAmt></AmtDtls>` }
func instd(s string) string { return `<AmtDtls><InstdAmt>` + amt(s) + `</InstdAmt></AmtDtls>` }
func chrgs(s string) string { return `<Chrgs>` + amt(s) + `</Chrgs>` }

const debit = `<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>` + dates

func amounts(e bankstatement.Entry) []int64 {
	var list []int64
	for _, tr := range e.Transactions {
		list = append(list, tr.Amount.Minor)
	}
	return list
}

func TestRead_TransactionsOfAnEntry(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       []int64
		warnings   []bankstatement.Code
	}{
		{"NoDetails", credit, []int64{1000}, nil},
		{"EmptyDetails", credit + details(""), []int64{1000}, nil},
		{"OneWithoutAmountTakesTheEntrys", debit + details(tx("")), []int64{-1000}, nil},
		{"OneWithTheSameAmount", debit + details(tx(txAmt("10"))), []int64{-1000}, nil},
		{"OneInAnotherCurrencyTakesTheEntrys", credit + details(tx(`<AmtDtls><TxAmt><Amt Ccy="USD">11.00</Amt></TxAmt></AmtDtls>`)), []int64{1000}, nil},
		{"OneOfZeroTakesTheEntrys", credit + details(tx(amt("0.00"))), []int64{1000}, nil},
		{"CounterValueServesBesideAnotherCurrency", credit + details(
			tx(`<AmtDtls><TxAmt><Amt Ccy="USD">5.00</Amt></TxAmt><CntrValAmt>`+amt("4.00")+`</CntrValAmt></AmtDtls>`)+tx(amt("6.00"))), []int64{400, 600}, nil},
		{"Batch", credit + details(tx(txAmt("4.00"))+tx(txAmt("6.00"))), []int64{400, 600}, nil},
		{"BatchOfDebits", debit + details(tx(amt("4.00"))+tx(amt("6.00"))), []int64{-400, -600}, nil},
		{"BatchInSeveralNtryDtls", credit + details(tx(amt("4.00"))) + details(tx(amt("6.00"))), []int64{400, 600}, nil},
		{"BatchOfBothSigns", credit + details(tx(amt("14.00")+"<CdtDbtInd>CRDT</CdtDbtInd>")+tx(amt("4.00")+"<CdtDbtInd>DBIT</CdtDbtInd>")), []int64{1400, -400}, nil},
		{"InstructedAmountsThatAddUpServe", credit + details(tx(instd("4.00"))+tx(instd("6.00"))), []int64{400, 600}, nil},
		{"InstructedAmountsThatDoNotAddUpAreNone", credit + details(tx(instd("4.00"))+tx(instd("7.00"))), []int64{1000}, []bankstatement.Code{bankstatement.CodeAmountsMissing}},
		{"SeveralWithoutAmountsAreOne", credit + details(tx("")+tx("")), []int64{1000}, []bankstatement.Code{bankstatement.CodeAmountsMissing}},
		{"SeveralOfWhichOneHasNoAmountAreOne", credit + details(tx(amt("4.00"))+tx("")), []int64{1000}, []bankstatement.Code{bankstatement.CodeAmountsMissing}},
		{"ChargesComeOffACredit", credit + details(tx(txAmt("10.50")+chrgs("0.50"))), []int64{1000}, nil},
		{"ChargesAddToADebit", debit + details(tx(txAmt("9.50")+chrgs("0.50"))), []int64{-1000}, nil},
		{"ChargesOfTheEntryComeOffItsOnePayment", credit + chrgs("0.50") + details(tx(txAmt("10.50"))), []int64{1000}, nil},
		{"ChargesOfABatch", credit + details(tx(txAmt("4.30")+chrgs("0.30"))+tx(txAmt("6.20")+chrgs("0.20"))), []int64{400, 600}, nil},
		{"ChargesOfVersion08", credit + details(tx(txAmt("10.50")+`<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.50</TtlChrgsAndTaxAmt><Rcrd>`+amt("0.40")+`</Rcrd><Rcrd>`+amt("0.10")+`</Rcrd></Chrgs>`)), []int64{1000}, nil},
		{"ChargesGivenBack", credit + details(tx(txAmt("9.50")+`<Chrgs>`+amt("0.50")+`<CdtDbtInd>CRDT</CdtDbtInd></Chrgs>`)), []int64{1000}, nil},
		{"CountsThatDiffer", credit + details("<Btch><NbOfTxs>3</NbOfTxs></Btch>"+tx(amt("4.00"))+tx(amt("6.00"))), []int64{400, 600}, []bankstatement.Code{bankstatement.CodeBatchCount}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, doc := readEntry(t, tt.body)
			require.Equal(t, tt.want, amounts(e))
			warnings := codes(doc.Warnings)
			if e.Amount.IsNegative() {
				require.Contains(t, warnings, bankstatement.CodeUnbalanced)
				warnings = warnings[:len(warnings)-1]
			}
			require.ElementsMatch(t, tt.warnings, warnings)
		})
	}
}

func TestRead_AmountsThatDoNotAddUpAreRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"OneCentLess":             credit + details(tx(amt("4.00"))+tx(amt("5.99"))),
		"OneDetail":               credit + details(tx(amt("9.99"))),
		"ChargesThatDoNotExplain": credit + details(tx(txAmt("10.50")+chrgs("0.40"))),
		"OtherSign":               credit + details(tx(amt("10.00")+"<CdtDbtInd>DBIT</CdtDbtInd>")),
		"OutOfRange":              credit + details(strings.Repeat(tx(amt("90000000000000000.00")), 2)),
	} {
		faults := refused(t, file(ntry(body)))
		require.Equal(t, []bankstatement.Code{bankstatement.CodeAmountsDiffer}, codes(faults), name)
		require.Equal(t, "/Document/BkToCstmrStmt/Stmt/Ntry/NtryDtls", faults[0].Path)
	}
}

func TestRead_OriginalAmounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body        string
		original, charges money.Amount
	}{
		{"None", credit, money.Amount{}, money.Amount{}},
		{"InstructedAmountOfTheEntry", credit + instd("10.50"), eur(1050), money.Amount{}},
		{"GrossBeforeCharges", debit + details(tx(txAmt("9.50")+chrgs("0.50"))), eur(-950), eur(50)},
		{"InAnotherCurrency", credit + details(tx(`<AmtDtls><InstdAmt><Amt Ccy="USD">11.00</Amt></InstdAmt></AmtDtls>`)), money.New(1100, "USD"), money.Amount{}},
		{"TransactionInAnotherCurrency", credit + details(tx(`<Amt Ccy="USD">11.00</Amt>`)), money.New(1100, "USD"), money.Amount{}},
		{"TotalOfCharges", credit + details(tx(`<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.50</TtlChrgsAndTaxAmt></Chrgs>`)), money.Amount{}, eur(50)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, _ := readEntry(t, tt.body)
			require.Equal(t, tt.original, e.Transactions[0].OriginalAmount)
			require.Equal(t, tt.charges, e.Transactions[0].Charges)
		})
	}
}

// What cannot be read and is not the account's money is left out with a
// warning: it must not cost the file.
func TestRead_UnreadableOtherCurrencyIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, amount := range []string{`<Amt Ccy="JPY">1.5</Amt>`, `<Amt Ccy="XXX">1</Amt>`} {
		e, doc := readEntry(t, credit+details(tx(amount)))
		require.Equal(t, []int64{1000}, amounts(e))
		require.Len(t, doc.Warnings, 1)
		require.Equal(t, "/Document/BkToCstmrStmt/Stmt/Ntry/NtryDtls/TxDtls/Amt", strings.TrimSuffix(doc.Warnings[0].Path, "/@Ccy"))
	}
}

// An entry that does not say how it divides keeps the references of all its
// payments, and of the rest what they share.
func TestRead_EntryKeptAsOne(t *testing.T) {
	t.Parallel()
	one := func(n int, name string) string {
		return tx(fmt.Sprintf(`<Refs><EndToEndId>E-%d</EndToEndId><MndtId>M</MndtId></Refs><RltdPties><Dbtr><Nm>%s</Nm></Dbtr></RltdPties>`+
			`<RmtInf><Ustrd>text %d</Ustrd><Strd><RfrdDocInf><Nb>INV-%d</Nb></RfrdDocInf><CdtrRefInf><Ref>REF-%d</Ref></CdtrRefInf></Strd></RmtInf>`, n, name, n, n, n))
	}
	e, _ := readEntry(t, credit+details(one(1, "Same BV")+one(2, "Same BV")))
	tr := e.Transactions[0]
	require.Equal(t, 2, tr.Payments)
	require.Equal(t, eur(1000), tr.Amount)
	require.Empty(t, tr.EndToEndID)
	require.Equal(t, "M", tr.MandateID)
	require.Equal(t, "Same BV", tr.Counterparty.Name)
	require.Equal(t, "text 1 text 2", tr.Text)
	require.Equal(t, []string{"INV-1", "INV-2"}, tr.InvoiceNumbers)
	require.Equal(t, []bankstatement.Reference{{Scheme: bankstatement.SchemeOther, Value: "REF-1"}, {Scheme: bankstatement.SchemeOther, Value: "REF-2"}}, tr.References)
	e, _ = readEntry(t, credit+details(one(1, "One BV")+one(2, "Other BV")))
	require.Empty(t, e.Transactions[0].Counterparty)
}

func TestRead_BatchWithoutDetailsTellsHowManyPaymentsItIs(t *testing.T) {
	t.Parallel()
	e, _ := readEntry(t, credit+details("<Btch><NbOfTxs>25</NbOfTxs></Btch>"))
	require.Len(t, e.Transactions, 1)
	require.Equal(t, 25, e.Transactions[0].Payments)
	for _, count := range []string{"many", "-1", "999999999999999"} {
		e, doc := readEntry(t, credit+details("<Btch><NbOfTxs>"+count+"</NbOfTxs></Btch>"))
		require.Equal(t, 1, e.Transactions[0].Payments)
		require.Equal(t, []bankstatement.Code{bankstatement.CodeIgnored}, codes(doc.Warnings))
	}
}
