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

// writeCSV writes the whole selection before anything is answered: an error half way must
// not look like a short list. rows calls write for each row.
func writeCSV(header []string, rows func(write func([]string) error) error) (*bytes.Buffer, error) {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	if err := w.Write(header); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	if err := rows(func(cells []string) error { return w.Write(sheet.NeutralRow(cells)) }); err != nil {
		return nil, err
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	return &file, nil
}

func (s *server) exportInvoices(ctx context.Context, filter store.InvoiceFilter) (ListInvoicesResponseObject, error) {
	who := callerOf(ctx)
	file, err := writeCSV(invoiceHeader, func(write func([]string) error) error {
		return s.store.EachInvoice(ctx, who.scope, who.today(), filter, maxExport, func(v *store.InvoiceView) error {
			return write(invoiceCells(invoiceOf(*v, who.today())))
		})
	})
	if err != nil {
		return nil, err
	}
	return ListInvoices200TextCsvResponse{Body: file, ContentLength: int64(file.Len())}, nil
}

//nolint:gochecknoglobals // a constant in all but name
var messageHeader = []string{
	"id", "creditor", "customer_id", "audience", "channel", "template", "language", "fate", "status", "delivery", "error_code", "claimed_at",
	"settled_at", "delivered_at",
}

func (s *server) exportMessages(ctx context.Context, filter store.MessageFilter) (ListMessagesResponseObject, error) {
	file, err := writeCSV(messageHeader, func(write func([]string) error) error {
		return s.store.EachMessage(ctx, callerOf(ctx).scope, filter, maxExport, func(m *store.MessageView) error {
			return write([]string{
				m.ID.String(), m.CreditorID, m.CustomerID.String(), m.Audience, string(m.Channel), m.Template, m.Language, m.Fate, m.Status, m.Delivery,
				m.ErrorCode, instant(&m.ClaimedAt), instant(m.SettledAt), instant(m.DeliveredAt),
			})
		})
	})
	if err != nil {
		return nil, err
	}
	return ListMessages200TextCsvResponse{Body: file, ContentLength: int64(file.Len())}, nil
}

// instant writes an instant in UTC; none is empty.
func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func invoiceCells(i Invoice) []string {
	return []string{
		i.ID.String(), i.Creditor, i.CustomerNumber, i.CustomerName, i.Number, i.IssueDate.String(), i.DueDate.String(), i.Amount.Currency,
		i.Amount.Amount, i.Open.Amount, i.Status, i.Outcome, string(i.Stage), itoa(int64(i.OverdueDays)), strings.Join(i.Paused, " "), i.NextStep, instant(i.NextAt),
	}
}
