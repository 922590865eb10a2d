package bankstatement_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
	"maan/internal/bankstatement/statementtest"
)

func TestScan_HandsOutInOrderAndKeepsNothing(t *testing.T) {
	t.Parallel()
	second := strings.Replace(stmt(ntry(credit), ntry(credit)), "S-1", "S-2", 1)
	var calls []string
	doc, err := bankstatement.Scan(strings.NewReader(start02+stmt(ntry(credit))+second+end), bankstatement.Options{},
		func(st *bankstatement.Statement) error {
			require.Equal(t, eur(10000), st.Opening.Amount, "the head is whole")
			calls = append(calls, "statement "+st.ID)
			return nil
		},
		func(st *bankstatement.Statement, e *bankstatement.Entry) error {
			require.Equal(t, eur(1000), e.Amount)
			calls = append(calls, "entry of "+st.ID)
			return nil
		})
	require.NoError(t, err)
	require.Equal(t, []string{"statement S-1", "entry of S-1", "statement S-2", "entry of S-2", "entry of S-2"}, calls)
	require.Len(t, doc.Statements, 2)
	require.Empty(t, doc.Statements[1].Entries)
	require.Equal(t, 2, doc.Statements[1].Totals.Booked)
	require.Equal(t, bankstatement.Unbalanced, doc.Statements[1].Check.Result)
}

// The first entry is there long before the file has been read.
func TestScan_Streams(t *testing.T) {
	t.Parallel()
	data := written(t, many(statementtest.Version02, 2_000))
	in := strings.NewReader(string(data))
	enough := errors.New("enough")
	_, err := bankstatement.Scan(in, bankstatement.Options{}, nil, func(*bankstatement.Statement, *bankstatement.Entry) error {
		require.Greater(t, in.Len(), len(data)-20_000)
		return enough
	})
	require.Equal(t, enough, err)
}

func TestScan_ErrorOfACallbackEndsTheReading(t *testing.T) {
	t.Parallel()
	mine := errors.New("not my account")
	_, err := bankstatement.Scan(strings.NewReader(file(ntry(credit))), bankstatement.Options{}, func(*bankstatement.Statement) error { return mine }, nil)
	require.Equal(t, mine, err)
	_, err = bankstatement.Scan(strings.NewReader(start02+`<Stmt><Id>S</Id>`+account+`</Stmt>`+end), bankstatement.Options{}, func(*bankstatement.Statement) error { return mine }, nil)
	require.Equal(t, mine, err)
}

func TestScan_HandsOutNothingBehindAFault(t *testing.T) {
	t.Parallel()
	handed := 0
	_, err := bankstatement.Scan(strings.NewReader(file(ntry(credit), ntry(amt("x")), ntry(credit))), bankstatement.Options{}, nil,
		func(*bankstatement.Statement, *bankstatement.Entry) error { handed++; return nil })
	require.Error(t, err)
	require.Equal(t, 1, handed)
}

// zeros is a file that never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestScan_EndlessFileIsRefused(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"", start02, start02 + "<Stmt><Id>", start02 + "<!--", "<"} {
		_, err := bankstatement.Scan(io.MultiReader(strings.NewReader(head), zeros{}), bankstatement.Options{}, nil, nil)
		_, refused := errors.AsType[*bankstatement.Error](err)
		require.True(t, refused, "%q: %v", head, err)
	}
}
