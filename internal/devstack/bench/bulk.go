package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/imports"
	"maan/internal/store"
	"maan/worker"
)

const (
	perFile    = 500 // invoices of one file
	perDebtor  = 10
	bareAtOnce = 16 // as the relay
)

// bulkStart compares how fast the invoices of a CSV file are started, from its first byte
// to the last workflow, with starting bare workflows in a loop, in alternating rounds.
func (r *rig) bulkStart(ctx context.Context, o Options) (Figure, error) {
	f := Figure{Name: "bulk start against a bare start loop", Unit: "ratio", Bar: 0.7}
	var ratios, ours, bares []float64
	for round := range o.Rounds + 1 {
		if err := r.quiet(ctx); err != nil {
			return f, err
		}
		bare, err := r.bareStarts(ctx)
		if err != nil {
			return f, err
		}
		own, err := r.importFile(ctx)
		if err != nil {
			return f, err
		}
		r.progress("round %d of %d: ours %.0f starts/s, bare %.0f/s, ratio %.2f", round, o.Rounds, perFile/own.Seconds(), perFile/bare.Seconds(), bare.Seconds()/own.Seconds())
		if round == 0 {
			continue // warms both sides up
		}
		ratios, ours, bares = append(ratios, bare.Seconds()/own.Seconds()), append(ours, perFile/own.Seconds()), append(bares, perFile/bare.Seconds())
	}
	mid, least, most := median(ratios)
	own, _, _ := median(ours)
	bare, _, _ := median(bares)
	f.Value = mid
	f.Note = fmt.Sprintf("spread %.2f-%.2f over %d rounds of %d; ours %.0f/s, bare %.0f/s", least, most, o.Rounds, perFile, own, bare)
	return f, nil
}

// importFile takes in a file of invoices of customers that are not known.
func (r *rig) importFile(ctx context.Context) (time.Duration, error) {
	if err := r.nightfall(ctx); err != nil {
		return 0, err
	}
	today := calendar.DateOf(time.Now())
	var file strings.Builder
	file.WriteString("customer_number,name,kind,country,email,invoice_number,issue_date,due_date,amount,currency,sending\n")
	round := uuid.NewString()[:8]
	for i := range perFile {
		fmt.Fprintf(&file, "%s-%d,Klant BV,business,NL,ap%d@customer.example,%s-%d,%s,%s,1210.00,EUR,send_here\n",
			round, i/perDebtor, i/perDebtor, round, i, today, today.AddDays(30))
	}
	begin := time.Now()
	u, _, err := worker.Imports(r.db, r.cases).Take(ctx, store.Everything, begin, actor, imports.File{
		CreditorID: r.creditor, Kind: imports.KindInvoices, Content: []byte(file.String()),
	})
	if err != nil {
		return 0, fmt.Errorf("take a file: %w", err)
	}
	var told int
	err = poll(ctx, func(ctx context.Context) (bool, error) {
		err := r.Pool.QueryRow(ctx, `select count(*) from workflow_message m join invoice i on i.id = m.invoice_id
			where i.creditor_id = $1 and i.number like $2 || '-%' and m.delivered_at is not null`, r.creditor, round).Scan(&told)
		return told == perFile, err
	}, func() error {
		return fmt.Errorf("not in time: %d of %d workflows of import %s are started", told, perFile, u.ID)
	})
	took := time.Since(begin)
	if err != nil {
		return 0, err
	}
	ids := make([]string, perFile)
	for i := range ids {
		ids[i] = collection.WorkflowID(r.creditor, fmt.Sprintf("%s-%d", round, i), 1)
	}
	return took, r.allAtRest(ctx, ids)
}

// allAtRest waits until no workflow task of the executions is left: what one side leaves
// undone must not slow the other down.
func (r *rig) allAtRest(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := r.atRest(ctx, id, func() string { return id }); err != nil {
			return err
		}
	}
	return nil
}

// nightfall makes it evening at the creditor's, so that what is started waits for its next
// day as the bare workflows do.
func (r *rig) nightfall(ctx context.Context) error {
	_, err := r.Pool.Exec(ctx, `update creditor set zone = $2 where id = $1`, r.creditor, zoneAt(evening, time.Now()))
	return err
}

// bareStarts starts as many bare workflows, as many at once as the relay does.
func (r *rig) bareStarts(ctx context.Context) (time.Duration, error) {
	ids := make([]string, perFile)
	begin := time.Now()
	g, limited := errgroup.WithContext(ctx)
	g.SetLimit(bareAtOnce)
	for i := range ids {
		ids[i] = "bare:" + uuid.NewString()
		g.Go(func() error {
			id := ids[i]
			in := dunning.Case{
				InvoiceRef: r.creditor + ":" + id, CustomerRef: uuid.NewString(), AmountMinor: 121000, Currency: "EUR",
				State: dunning.State{DueDate: calendar.DateOf(begin), Plan: []dunning.PlannedStep{{Stage: dunning.StageInvoice, At: begin}}},
			}
			_, err := r.Temporal.ExecuteWorkflow(limited, worker.StartOptions(id, r.queue, in), bareType, []bareStep{{Wait: 30 * 24 * time.Hour, Label: "reminder"}})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, fmt.Errorf("start bare workflows: %w", err)
	}
	took := time.Since(begin)
	return took, r.allAtRest(ctx, ids)
}
