package document_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/document"
	"maan/internal/money"
)

func statementPDF(t *testing.T, d document.StatementData) []byte {
	t.Helper()
	pdf, err := document.Statement(d)
	require.NoError(t, err)
	return pdf
}

func TestStatement_TotalsPerCurrencyAndAges(t *testing.T) {
	t.Parallel()
	text := flowing(t, statementPDF(t, statement("en")))
	for _, want := range []string{
		"EUR 10 €49,500.00 -€1,234.56 €48,265.44", "GBP 1 £150.00 -£200.00 -£50.00 in your favour",
		"EUR €2,700.00 €6,300.00 €9,900.00 €13,500.00 €17,100.00 -€1,234.56", "GBP £0.00 £0.00 £150.00 £0.00 £0.00 -£200.00",
		"2026-0104 · disputed 28/08/2026 27/09/2026 31 €5,000.00 €4,500.00", "Total €49,500.00",
		"Credits, EUR", "05/10/2026 C-2026-004 -€1,234.56", "Payments received, EUR", "12/09/2026 overschrijving 2026-0101 -€200.00",
	} {
		require.Contains(t, text, want)
	}
	require.Less(t, strings.Index(text, "Open invoices in EUR"), strings.Index(text, "Open invoices in GBP"))
}

// The due day itself is not late, and 30 days are still 1 to 30.
func TestStatement_AgeingBoundaries(t *testing.T) {
	t.Parallel()
	due := day(time.September, 30)
	for _, tt := range []struct {
		on     calendar.Date
		bucket int
	}{
		{day(time.September, 30), 0},
		{day(time.October, 1), 1},
		{day(time.October, 30), 1},
		{day(time.October, 31), 2},
		{due.AddDays(60), 2},
		{due.AddDays(61), 3},
		{due.AddDays(90), 3},
		{due.AddDays(91), 4},
	} {
		t.Run(tt.on.String(), func(t *testing.T) {
			t.Parallel()
			d := statement("en")
			d.Date, d.Credits, d.Payments = tt.on, nil, nil
			d.Items = []document.OpenItem{{Number: "1", IssueDate: due.AddDays(-30), DueDate: due, Amount: euro(7_00), Open: euro(5_00)}}
			row := []string{"€0.00", "€0.00", "€0.00", "€0.00", "€0.00"}
			row[tt.bucket] = "€5.00"
			require.Contains(t, flowing(t, statementPDF(t, d)), "EUR "+strings.Join(row, " ")+" €0.00")
		})
	}
}

func TestStatement_OrderOfTheInputDoesNotMatter(t *testing.T) {
	t.Parallel()
	d := statement("nl")
	forward := statementPDF(t, d)
	slices.Reverse(d.Items)
	slices.Reverse(d.Payments)
	slices.Reverse(d.Credits)
	first := d.Items[0].Number
	require.Equal(t, forward, statementPDF(t, d))
	require.Equal(t, first, d.Items[0].Number, "the caller's order is left alone")
}

func TestStatement_NothingOpen(t *testing.T) {
	t.Parallel()
	d := statement("en")
	d.Items, d.Credits, d.Payments = nil, nil, nil
	text := flowing(t, statementPDF(t, d))
	require.Contains(t, text, "Nothing is open. Thank you.")
	require.NotContains(t, text, "How to pay")
	d.Credits = []document.Entry{{Date: d.Date, Amount: money.New(500, "EUR")}}
	text = flowing(t, statementPDF(t, d))
	require.Contains(t, text, "EUR 0 €0.00 -€5.00 -€5.00 in your favour")
	require.NotContains(t, text, "How to pay")
}

func TestStatement_EveryPageRepeatsTheHeadAndEveryRowIsThere(t *testing.T) {
	t.Parallel()
	const items = 3000
	pdf := statementPDF(t, ledger("nl", items))
	pages := pagesOf(t, pdf)
	require.Greater(t, len(pages), 60)
	rows := 0
	for i, page := range pages {
		var text []string
		for _, w := range page {
			text = append(text, w.text)
			if strings.HasPrefix(w.text, "2026-1") {
				rows++
			}
		}
		if i < len(pages)-1 {
			require.Contains(t, text, "Vervaldatum", "page %d", i+1)
		}
	}
	require.Equal(t, items, rows)
}

func TestStatement_TotalIsNeverAloneOnAPage(t *testing.T) {
	t.Parallel()
	for items := 4; items < 16; items++ { // the first page has room for about nine
		for _, page := range pagesOf(t, statementPDF(t, ledger("en", items))) {
			total, row := -1, -1
			for i, w := range page {
				switch {
				case w.text == "Total":
					total = i
				case strings.HasPrefix(w.text, "2026-1") && total < 0:
					row = i
				}
			}
			require.False(t, total >= 0 && row < 0, "with %d items", items)
		}
	}
}
