package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"maan/internal/sheet"
	"maan/internal/store"
)

// maxExport bounds the rows of an export.
const maxExport = 100_000

func wantsCSV(format, accept string) bool {
	return format == "csv" || (format == "" && strings.Contains(accept, "text/csv"))
}

//nolint:gochecknoglobals // a constant in all but name
var invoiceHeader = []string{
	"id", "creditor", "customer_number", "customer_name", "number", "issue_date", "due_date", "currency", "amount", "open", "status", "outcome",
	"stage", "overdue_days", "paused", "next_step", "next_at",
}

// exportInvoices writes the whole selection before anything is answered: an error half
// way must not look like a short list.
func (s *server) exportInvoices(ctx context.Context, filter store.InvoiceFilter) (ListInvoicesResponseObject, error) {
	who := callerOf(ctx)
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	if err := w.Write(invoiceHeader); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	err := s.store.EachInvoice(ctx, who.scope, who.today(), filter, maxExport, func(v *store.InvoiceView) error {
		return w.Write(invoiceCells(invoiceOf(*v, who.today())))
	})
	if err != nil {
		return nil, err
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	return ListInvoices200TextCsvResponse{Body: &file, ContentLength: int64(file.Len())}, nil
}

func invoiceCells(i Invoice) []string {
	next := ""
	if i.NextAt != nil {
		next = i.NextAt.UTC().Format(time.RFC3339)
	}
	cells := []string{
		i.ID.String(), i.Creditor, i.CustomerNumber, i.CustomerName, i.Number, i.IssueDate.String(), i.DueDate.String(), i.Amount.Currency,
		i.Amount.Amount, i.Open.Amount, i.Status, i.Outcome, string(i.Stage), itoa(int64(i.OverdueDays)), strings.Join(i.Paused, " "), i.NextStep, next,
	}
	return sheet.NeutralRow(cells)
}
