package bankstatement_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
)

// keys returns the keys of all transactions of a file.
func keys(t *testing.T, text string) []string {
	t.Helper()
	var list []string
	for _, st := range read(t, text).Statements {
		for _, e := range st.Entries {
			for _, tr := range e.Transactions {
				list = append(list, tr.Key)
			}
		}
	}
	return list
}

func different(t *testing.T, keys ...string) {
	t.Helper()
	seen := map[string]bool{}
	for _, key := range keys {
		require.False(t, seen[key], "%v", keys)
		seen[key] = true
	}
}

const (
	withRef  = credit + "<AcctSvcrRef>B-1</AcctSvcrRef>"
	withText = `<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Bakker BV</Nm></Dbtr></RltdPties><RmtInf><Ustrd>invoice 7</Ustrd></RmtInf></TxDtls></NtryDtls>`
)

// Keys are stored by whoever imports: these may never change.
func TestRead_KeysAreStable(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"7498d2cfd07f4d0ac6d9c7b52b9a42a4-1"}, keys(t, file(ntry(withRef))))
	require.Equal(t, []string{"b3fde4c310cfe83fcda50b3f758992ff-1"}, keys(t, file(ntry(credit+withText))))
}

func TestRead_SameEntryInAnotherFileHasTheSameKey(t *testing.T) {
	t.Parallel()
	for _, body := range []string{withRef, credit + withText} {
		first := keys(t, file(ntry(body)))
		again := strings.NewReplacer("S-1", "S-2", "M-1", "M-2", "100.00", "500.00").Replace(file(ntry(credit+"<AcctSvcrRef>B-0</AcctSvcrRef>"), ntry(body)))
		require.Equal(t, first[0], keys(t, again)[1], "in another statement, at another place")
		require.Equal(t, first, keys(t, start08+strings.Replace(stmt(ntry(body)), "<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>", 1)+end), "in another version")
	}
}

// With the bank's reference the details do not matter: another version of the
// file may hold more of them.
func TestRead_BankReferenceCountsMoreThanDetails(t *testing.T) {
	t.Parallel()
	require.Equal(t, keys(t, file(ntry(withRef))), keys(t, file(ntry(withRef+withText))))
}

func TestRead_EqualPaymentsOfOneStatementCountTwice(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"WithoutReference": credit + withText, "WithTheSameReference": withRef} {
		list := keys(t, file(ntry(body), ntry(body)))
		different(t, list...)
		require.Equal(t, strings.TrimSuffix(list[0], "-1"), strings.TrimSuffix(list[1], "-2"), name)
		require.Equal(t, list, keys(t, file(ntry(body), ntry(body))), "and once when the file comes again")
	}
}

func TestRead_SameStatementTwiceInAFileCountsOnce(t *testing.T) {
	t.Parallel()
	for _, body := range []string{withRef, credit + withText} {
		list := keys(t, start02+stmt(ntry(body))+stmt(ntry(body))+end)
		require.Equal(t, list[0], list[1])
	}
}

func TestRead_DuplicateReferenceIsToldAndKept(t *testing.T) {
	t.Parallel()
	doc := read(t, strings.Replace(file(ntry(withRef), ntry(withRef)), "110.00", "120.00", 1))
	require.Equal(t, []bankstatement.Code{bankstatement.CodeDuplicateReference}, codes(doc.Warnings))
	require.Equal(t, "/Document/BkToCstmrStmt/Stmt/Ntry[2]/AcctSvcrRef", doc.Warnings[0].Path)
	require.Equal(t, bankstatement.Balanced, doc.Statements[0].Check.Result)
}

func TestRead_KeysDiffer(t *testing.T) {
	t.Parallel()
	change := func(from, to string) string { return keys(t, strings.ReplaceAll(file(ntry(withRef)), from, to))[0] }
	different(t,
		keys(t, file(ntry(withRef)))[0],
		change("B-1", "B-2"),
		change(ownIBAN, "NL20INGB0001234567"),
		change(">10.00<", ">10.01<"),
		change("CRDT</CdtDbtInd><Sts>", "DBIT</CdtDbtInd><Sts>"),
		change("<BookgDt><Dt>2026-08-31", "<BookgDt><Dt>2026-08-30"),
		change("B-1", "NONREF"),
	)
	plain := file(ntry("<NtryRef>1</NtryRef>" + credit + withText))
	different(t,
		keys(t, plain)[0],
		keys(t, strings.Replace(plain, "<NtryRef>1<", "<NtryRef>2<", 1))[0],
		keys(t, strings.Replace(plain, "invoice 7", "invoice 8", 1))[0],
		keys(t, strings.Replace(plain, "Bakker", "Visser", 1))[0],
		keys(t, strings.Replace(plain, "<Dt>2026-09-01", "<Dt>2026-09-02", 1))[0],
	)
	different(t, keys(t, file(ntry(withRef+details(tx(amt("5.00"))+tx(amt("5.00"))))))...)
}
