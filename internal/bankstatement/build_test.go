package bankstatement_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
	"maan/internal/calendar"
	"maan/internal/money"
)

const ownIBAN = "NL91ABNA0417164300"

func day(year int, month time.Month, d int) calendar.Date { return calendar.NewDate(year, month, d) }

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// own returns one of our own sample files.
func own(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

// The pieces of a statement, to be changed by tests.
const (
	start02 = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>M-1</MsgId></GrpHdr>` + "\n"
	start08 = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M-1</MsgId></GrpHdr>` + "\n"
	end     = `</BkToCstmrStmt></Document>`

	account = `<Acct><Id><IBAN>` + ownIBAN + `</IBAN></Id><Ccy>EUR</Ccy></Acct>`
	dates   = `<BookgDt><Dt>2026-08-31</Dt></BookgDt><ValDt><Dt>2026-09-01</Dt></ValDt>`
	credit  = `<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>` + dates
)

func bal(code, amount string) string {
	return `<Bal><Tp><CdOrPrtry><Cd>` + code + `</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-08-31</Dt></Dt></Bal>`
}

func stmt(entries ...string) string {
	return `<Stmt><Id>S-1</Id>` + account + bal("OPBD", "100.00") + bal("CLBD", "110.00") + "\n" + strings.Join(entries, "\n") + "\n</Stmt>"
}

func ntry(body string) string { return "<Ntry>" + body + "</Ntry>" }

func details(body string) string { return "<NtryDtls>" + body + "</NtryDtls>" }

func tx(body string) string { return "<TxDtls>" + body + "</TxDtls>" }

// file is a version 02 file of one statement.
func file(entries ...string) string { return start02 + stmt(entries...) + end }

func read(t testing.TB, text string) *bankstatement.Document {
	t.Helper()
	doc, err := bankstatement.Read(strings.NewReader(text), bankstatement.Options{})
	require.NoError(t, err)
	return doc
}

// readEntry reads a file of one entry.
func readEntry(t testing.TB, body string) (bankstatement.Entry, *bankstatement.Document) {
	t.Helper()
	doc := read(t, file(ntry(body)))
	require.Len(t, doc.Statements, 1)
	require.Len(t, doc.Statements[0].Entries, 1)
	return doc.Statements[0].Entries[0], doc
}

// refused reads a file that must be refused, and returns the faults.
func refused(t testing.TB, text string) []bankstatement.Fault {
	t.Helper()
	doc, err := bankstatement.Read(strings.NewReader(text), bankstatement.Options{})
	require.Nil(t, doc)
	refusal, ok := errors.AsType[*bankstatement.Error](err)
	require.True(t, ok, "%v", err)
	require.NotEmpty(t, refusal.Faults)
	return refusal.Faults
}

func codes(faults []bankstatement.Fault) []bankstatement.Code {
	list := make([]bankstatement.Code, 0, len(faults))
	for _, f := range faults {
		list = append(list, f.Code)
	}
	return list
}
