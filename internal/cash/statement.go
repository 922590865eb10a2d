package cash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"maan/internal/bankstatement"
	"maan/internal/calendar"
	"maan/internal/collection"
	"maan/internal/imports"
	"maan/internal/store"
)

// Service applies statements, and what people decide about movements.
type Service struct {
	store *store.Store
	cases *collection.Service
}

// New makes a service.
func New(s *store.Store, cases *collection.Service) *Service { return &Service{store: s, cases: cases} }

// OptionConfirmUnbalanced books from a statement although it does not add up.
const OptionConfirmUnbalanced = "confirm_unbalanced"

// Import takes in a CAMT.053 file: all of its statements, or none.
func (s *Service) Import(ctx context.Context, j *imports.Job) error {
	doc, err := bankstatement.Read(bytes.NewReader(j.Content), bankstatement.Options{MaxBytes: imports.MaxSize})
	if faulty, ok := errors.AsType[*bankstatement.Error](err); ok {
		for _, f := range faulty.Faults {
			j.Fault(store.UploadFault{Line: f.Line, Field: f.Path, Code: string(f.Code), Message: f.Message})
		}
		j.Refuse()
		return nil
	}
	if err != nil {
		return err
	}
	creditor, err := s.store.FindCreditor(ctx, store.Everything, j.Upload.CreditorID)
	if err != nil {
		return err
	}
	if !acceptable(j, doc, &creditor) {
		j.Refuse()
		return nil
	}
	j.Count("warnings", len(doc.Warnings))
	return s.store.Alone(ctx, "bank import", j.Upload.CreditorID, func(ctx context.Context) error { return s.take(ctx, j, doc, &creditor) })
}

// acceptable reports whether payments come from the bank at all, and the statements are of the
// creditor's own accounts and add up.
func acceptable(j *imports.Job, doc *bankstatement.Document, creditor *store.Creditor) bool {
	ok := creditor.PaymentsBy == "bank"
	if !ok {
		j.Fault(store.UploadFault{
			Field: "payments_by", Code: "payments_by_erp",
			Message: "payments of this creditor come from its ERP: a bank statement would book them twice; send lists of open items, or set payments_by to bank",
		})
	}
	own := creditor.OwnAccounts()
	for i, st := range doc.Statements {
		field := fmt.Sprintf("statement %d", i+1)
		if !slices.Contains(own, st.Account.IBAN) {
			ok = false
			j.Fault(store.UploadFault{
				Field: field, Code: "account_not_ours",
				Message: "the account is none of this creditor's; send the file for the right creditor, or add the account to it",
			})
		}
		if st.Check.Result == bankstatement.Unbalanced && j.Upload.Options[OptionConfirmUnbalanced] != "true" {
			ok = false
			j.Fault(store.UploadFault{Field: field, Code: "unbalanced", Message: fmt.Sprintf(
				"the closing balance is %s off the opening balance and the entries, so an entry is missing or was changed; ask the bank for a whole file, or confirm with the option %s:true",
				st.Check.Difference, OptionConfirmUnbalanced)})
		}
	}
	return ok
}

// take books everything of a file. It runs alone for the creditor.
func (s *Service) take(ctx context.Context, j *imports.Job, doc *bankstatement.Document, creditor *store.Creditor) error {
	if !j.Upload.DryRun {
		if err := s.resume(ctx, j); err != nil {
			return err
		}
	}
	total := 0
	for _, st := range doc.Statements {
		total += len(st.Entries)
	}
	m, err := s.newMatcher(ctx, creditor, doc.Statements[0].Account.Currency, j.Now)
	if err != nil {
		return err
	}
	done := 0
	for _, st := range doc.Statements {
		b := &booking{Service: s, job: j, matcher: m, statement: st}
		if err := b.begin(ctx); err != nil {
			return err
		}
		for i := range st.Entries {
			if err := b.entry(ctx, &st.Entries[i]); err != nil {
				return err
			}
			done++
			j.Progress(done, total)
		}
	}
	if j.Upload.DryRun {
		return nil
	}
	known, err := s.store.StatementsCover(ctx, creditor.ID, creditor.OwnAccounts())
	if err != nil || known == nil {
		return err
	}
	told, err := s.cases.PaymentsKnown(ctx, j.Now, j.Actor, creditor.ID, *known)
	j.Count("woken", told)
	return err
}

// resume goes on with what an import that died had decided.
func (s *Service) resume(ctx context.Context, j *imports.Job) error {
	left, err := s.store.Undecided(ctx, j.Upload.CreditorID)
	if err != nil {
		return err
	}
	for i := range left {
		if _, err := s.applyOrAsk(ctx, j.Now, j.Actor, &left[i]); err != nil {
			return err
		}
	}
	return nil
}

// coversUntil is the last day of which the statement says everything.
func coversUntil(st *bankstatement.Statement) calendar.Date {
	if st.Closing != nil && !st.Closing.Date.IsZero() {
		return st.Closing.Date
	}
	if !st.To.IsZero() {
		return st.To
	}
	var last calendar.Date
	for i := range st.Entries {
		if d := st.Entries[i].BookingDate; last.IsZero() || d.After(last) {
			last = d
		}
	}
	if last.IsZero() {
		return calendar.DateOf(st.Created)
	}
	return last
}

// booking is one statement that is being taken in.
type booking struct {
	*Service

	job       *imports.Job
	matcher   *matcher
	statement *bankstatement.Statement
	row       store.BankStatement
	known     map[string]store.BankEntry
}

// begin writes the statement down and finds out which of its movements are known.
func (b *booking) begin(ctx context.Context) (err error) {
	st, u := b.statement, b.job.Upload
	var keys []string
	for i := range st.Entries {
		for t := range st.Entries[i].Transactions {
			if key := st.Entries[i].Transactions[t].Key; key != "" {
				keys = append(keys, key)
			}
		}
	}
	if b.known, err = b.store.KnownEntries(ctx, u.CreditorID, keys); err != nil || u.DryRun {
		return err
	}
	b.row = store.BankStatement{
		ID: store.NewID(), CreditorID: u.CreditorID, UploadID: u.ID, Account: st.Account.IBAN, StatementID: st.ID, Sequence: st.Sequence,
		Currency: st.Account.Currency, CheckResult: string(st.Check.Result), CoversUntil: coversUntil(st), Entries: len(st.Entries),
		BusinessAt: b.job.Now.UTC().Truncate(time.Millisecond),
	}
	if st.Opening != nil {
		b.row.OpeningMinor = &st.Opening.Amount.Minor
	}
	if st.Closing != nil {
		b.row.ClosingMinor = &st.Closing.Amount.Minor
	}
	if b.row.ID, err = b.store.InsertBankStatement(ctx, b.row); err != nil {
		return err
	}
	return b.store.ForgetPending(ctx, u.CreditorID, st.Account.IBAN)
}

// entry takes in every movement of an entry.
func (b *booking) entry(ctx context.Context, e *bankstatement.Entry) error {
	if e.Status == bankstatement.Info {
		b.job.Count("informative", 1)
		return nil
	}
	for i := range e.Transactions {
		if err := b.movement(ctx, e, &e.Transactions[i]); err != nil {
			return err
		}
	}
	return nil
}

// movement decides about one movement, writes the decision down, and carries it out.
func (b *booking) movement(ctx context.Context, e *bankstatement.Entry, t *bankstatement.Transaction) error {
	if e, known := b.known[t.Key]; known && t.Key != "" {
		b.job.Count("known", 1)
		return b.proposeAgain(ctx, &e)
	}
	d := b.matcher.decide(e, t)
	d.entry.CreditorID, d.entry.StatementID = b.job.Upload.CreditorID, b.row.ID
	d.entry.DecidedBy, d.entry.DecidedAt = string(b.job.Actor), b.job.Now.UTC().Truncate(time.Millisecond)
	if e.Status == bankstatement.Pending {
		d.pending()
	}
	b.job.Count(d.counted, 1)
	if b.job.Upload.DryRun {
		return b.matcher.book(d)
	}
	fresh, err := b.store.DecideEntry(ctx, d.entry, d.items, d.text)
	if err != nil || !fresh {
		return err
	}
	if d.entry.Status == statusProposed {
		return b.propose(ctx, &d.entry, d.items)
	}
	if d.entry.Status == statusApplying {
		why, err := b.applyOrAsk(ctx, b.job.Now, b.job.Actor, &d.entry)
		if err != nil {
			return err
		}
		if why != nil { // what was not booked pays nothing
			return b.propose(ctx, &d.entry, d.items)
		}
	}
	return b.matcher.book(d)
}

// propose writes the proposal into the histories of the invoices that it is about, once each.
func (b *booking) propose(ctx context.Context, e *store.BankEntry, items []store.BankEntryItem) error {
	for _, it := range items {
		if it.InvoiceID == nil {
			continue
		}
		if err := b.cases.ProposePayment(ctx, b.job.Now, b.job.Actor, *it.InvoiceID, e.ID, it.AmountMinor, e.Rule); err != nil {
			return err
		}
	}
	return nil
}

// proposeAgain completes a proposal that an import may have died over.
func (b *booking) proposeAgain(ctx context.Context, e *store.BankEntry) error {
	if e.Status != statusProposed || b.job.Upload.DryRun {
		return nil
	}
	items, err := b.store.EntryItems(ctx, e.ID)
	if err != nil {
		return err
	}
	return b.propose(ctx, e, items)
}
