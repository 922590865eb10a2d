package collection

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/store"
)

// DisputeReasons are the codes of an objection. Stored: never rename.
var DisputeReasons = []string{
	"not_received", "wrong_price", "wrong_quantity", "quality", "not_ordered", "already_paid", "missing_order_number", "wrong_address", "other",
}

// OpenDispute pauses the whole invoice at once.
func (s *Service) OpenDispute(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, reason, note string) (Done, error) {
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		if f.Dispute != nil && f.Dispute.Reason == reason {
			return Done{InvoiceID: invoiceID, ID: f.Dispute.ID, Existed: true, Open: f.Invoice.OpenMinor}, nil
		}
		f.tell(MessageDisputeOpened, true)
		id, err := f.dispute(ctx, reason, note)
		return Done{ID: id}, err
	})
}

func (f *caseFile) dispute(ctx context.Context, reason, note string) (uuid.UUID, error) {
	if err := f.mustBeOpen("a dispute"); err != nil {
		return uuid.Nil, err
	}
	if !slices.Contains(DisputeReasons, reason) {
		return uuid.Nil, Refuse(Invalid, "reason", "unknown_reason", "give one of %v", DisputeReasons)
	}
	if f.Dispute != nil {
		return uuid.Nil, Refuse(Conflict, "", "disputed", "a dispute is open already; resolve it first")
	}
	d := store.Dispute{ID: store.NewID(), InvoiceID: f.Invoice.ID, Reason: reason, OpenedBy: string(f.actor), OpenedAt: f.now}
	if err := f.tx.InsertDispute(ctx, d); err != nil {
		return uuid.Nil, err
	}
	f.Dispute = &d
	if err := f.note(ctx, "dispute", note, nil); err != nil {
		return uuid.Nil, err
	}
	f.event("dispute_opened", map[string]any{"dispute_id": d.ID.String(), "reason": reason})
	f.write(store.LapseTaskItems(f.Invoice.ID, []string{TaskCall}, "", f.now, "disputed"))
	if f.Invoice.HandedOffAt != nil {
		if _, err := f.task(ctx, newTask{kind: TaskTellAgency, role: dunning.RoleFinance, reason: "disputed"}); err != nil {
			return uuid.Nil, err
		}
	}
	return d.ID, nil
}

// Resolution ends a dispute: upheld with a credit note, or rejected.
type Resolution struct {
	Upheld     bool
	CreditNote string // number of the credit note; needed when upheld
	Minor      int64  // its amount; 0: all that is open
	Note       string
}

// ResolveDispute ends the open dispute. Upheld, the credit note is booked; rejected,
// the ladder goes on, one business day later at the earliest.
func (s *Service) ResolveDispute(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, r Resolution) (Done, error) {
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		if f.Dispute == nil {
			return Done{}, Refuse(Conflict, "", "not_disputed", "no dispute is open on this invoice")
		}
		if r.Upheld && (r.CreditNote == "" || r.Minor < 0 || r.Minor > f.Invoice.OpenMinor) {
			return Done{}, Refuse(Invalid, "credit_note", "invalid_credit_note",
				"an upheld dispute needs the number of its credit note and an amount of at most what is open")
		}
		if err := f.mustBeNew(ctx, r); err != nil {
			return Done{}, err
		}
		f.tell(MessageDisputeResolved, true)
		done := Done{ID: f.Dispute.ID}
		err := f.resolve(ctx, r)
		return done, err
	})
}

// mustBeNew refuses a credit note that was booked before.
func (f *caseFile) mustBeNew(ctx context.Context, r Resolution) error {
	if !r.Upheld {
		return nil
	}
	known, err := f.tx.ReceiptByReference(ctx, f.Creditor.ID, EntryCreditNote, r.CreditNote)
	if err == nil && known != nil {
		err = Refuse(Conflict, "credit_note", "reference_taken", "a credit note with this number was booked already; give the number of this one")
	}
	return err
}

func (f *caseFile) resolve(ctx context.Context, r Resolution) error {
	resolution := "rejected"
	if r.Upheld {
		resolution = "upheld"
	}
	if err := f.tx.ResolveDispute(ctx, f.Dispute.ID, f.now, resolution, string(f.actor)); err != nil {
		return err
	}
	f.event("dispute_resolved", map[string]any{"dispute_id": f.Dispute.ID.String(), "resolution": resolution})
	f.Dispute = nil
	f.pauseEnded()
	if err := f.note(ctx, "dispute", r.Note, nil); err != nil {
		return err
	}
	if !r.Upheld {
		return nil
	}
	amount := r.Minor
	if amount == 0 {
		amount = f.Invoice.OpenMinor
	}
	credit := f.Invoice.Amount()
	credit.Minor = amount
	_, err := f.receive(ctx, Receipt{Kind: EntryCreditNote, ExternalID: r.CreditNote, Amount: credit, On: f.today()})
	return err
}

// pauseEnded makes the pending step wait one more business day, and forgets what it was
// told to wait for.
func (f *caseFile) pauseEnded() {
	today := f.today()
	f.Invoice.PauseEndedOn = &today
	f.unwait(dunning.ReasonDisputed, dunning.ReasonHeld, dunning.ReasonDoNotChase, dunning.ReasonPromisePending)
	f.forgetTries()
}

// forgetTries lets the days of a pause not count against the deadline of a first try.
func (f *caseFile) forgetTries() {
	for i := range f.Steps {
		if s := &f.Steps[i]; s.State.Open() && s.FirstTriedAt != nil {
			s.FirstTriedAt = nil
			f.touch(s)
		}
	}
}

// resumed lets the step that the creditor's stop held back go on from now, whether it was
// asked for meanwhile or not.
func (f *caseFile) resumed() {
	f.unwait(dunning.ReasonStopped)
	f.forgetTries()
	f.anew = true
}

// unwait turns a step that waits for one of the reasons into a pending one, planned from now.
func (f *caseFile) unwait(reasons ...dunning.Reason) {
	for i := range f.Steps {
		s := &f.Steps[i]
		if s.State == store.StepWaiting && slices.Contains(reasons, s.Reason) {
			s.State, s.Reason, s.NotBefore = store.StepPending, "", nil
			f.touch(s)
			f.anew = true
		}
	}
}

// waits reports whether a step was told to wait for the reason.
func (f *caseFile) waits(why dunning.Reason) bool {
	return slices.ContainsFunc(f.Steps, func(s store.PlanStep) bool { return s.State == store.StepWaiting && s.Reason == why })
}

// HoldRequest silences an invoice or a customer.
type HoldRequest struct {
	Reason   string
	Until    *calendar.Date // last day; nil: until it is released
	Customer bool           // all of the customer's invoices
	Note     string
}

// PlaceHold silences one invoice.
func (s *Service) PlaceHold(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, r HoldRequest) (Done, error) {
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		if err := f.mustBeOpen("a hold"); err != nil {
			return Done{}, err
		}
		if r.Until != nil && r.Until.Before(f.today()) {
			return Done{}, Refuse(Invalid, "until", "past", "the hold would have ended on %s already", r.Until)
		}
		f.tell(MessageHoldPlaced, true)
		if err := f.hold(ctx, r); err != nil {
			return Done{}, err
		}
		return Done{ID: f.Holds[len(f.Holds)-1].ID}, f.note(ctx, "hold", r.Note, nil)
	})
}

func (f *caseFile) hold(ctx context.Context, r HoldRequest) error {
	return f.tx.InsertHold(ctx, f.holding(r))
}

// holding is a hold on the case, in force from here on.
func (f *caseFile) holding(r HoldRequest) store.Hold {
	h := store.Hold{
		ID: store.NewID(), CreditorID: f.Creditor.ID, CustomerID: f.Customer.ID, InvoiceID: &f.Invoice.ID, Reason: r.Reason,
		UntilDay: r.Until, PlacedBy: string(f.actor), PlacedAt: f.now,
	}
	f.Holds = append(f.Holds, h)
	f.holdPlaced(h)
	return h
}

func (f *caseFile) holdPlaced(h store.Hold) {
	f.forgetTries()
	data := map[string]any{"hold_id": h.ID.String(), "reason": h.Reason}
	if h.UntilDay != nil {
		data["until"] = h.UntilDay.String()
	}
	if h.InvoiceID == nil {
		data["scope"] = "customer"
	}
	f.event("hold_placed", data)
}

// HoldCustomer silences every invoice of a customer, those to come included.
func (s *Service) HoldCustomer(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID, r HoldRequest) (uuid.UUID, int, error) {
	h := store.Hold{ID: store.NewID(), CustomerID: customerID, Reason: r.Reason, UntilDay: r.Until, PlacedBy: string(actor), PlacedAt: now}
	told, err := s.changeCustomer(ctx, scope, now, actor, customerID, MessageHoldPlaced,
		func(ctx context.Context, tx *store.Tx, cu *store.Customer) error {
			h.CreditorID = cu.CreditorID
			return tx.InsertHold(ctx, h)
		},
		func(f *caseFile) { f.holdPlaced(h) })
	return h.ID, told, err
}

// ReleaseHold ends a hold; the ladder goes on one business day later at the earliest. One that
// has ended tells nobody.
func (s *Service) ReleaseHold(ctx context.Context, scope store.Scope, now time.Time, actor Actor, holdID uuid.UUID) (int, error) {
	h, err := s.store.Hold(ctx, scope, holdID)
	if err != nil {
		return 0, err
	}
	told := 1
	if h.InvoiceID == nil {
		told, err = s.changeCustomer(ctx, scope, now, actor, h.CustomerID, MessageHoldReleased,
			func(ctx context.Context, tx *store.Tx, _ *store.Customer) error {
				return tx.ReleaseHold(ctx, holdID, now, string(actor))
			},
			func(f *caseFile) { f.holdReleased(holdID) })
	} else {
		_, err = s.change(ctx, *h.InvoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
			f.tell(MessageHoldReleased, true)
			return Done{}, f.releaseHold(ctx, holdID)
		})
	}
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return told, err
}

func (f *caseFile) holdReleased(id uuid.UUID) {
	f.pauseEnded()
	f.event("hold_released", map[string]any{"hold_id": id.String()})
}

func (f *caseFile) releaseHold(ctx context.Context, holdID uuid.UUID) error {
	if err := f.tx.ReleaseHold(ctx, holdID, f.now, string(f.actor)); err != nil {
		return err
	}
	f.Holds = slices.DeleteFunc(f.Holds, func(h store.Hold) bool { return h.ID == holdID })
	f.holdReleased(holdID)
	return nil
}

// releaseHolds ends the case's own holds with a reason.
func (f *caseFile) releaseHolds(ctx context.Context, reason string) error {
	for _, h := range slices.Clone(f.Holds) {
		if h.Reason == reason && h.InvoiceID != nil {
			if err := f.releaseHold(ctx, h.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// NoChase says that nobody may press a customer, or for an invoice, for payment. It
// always has a day on which it is looked at again. A nil reason lifts it.
type NoChase struct {
	Reason   *string
	ReviewOn *calendar.Date
}

func (n NoChase) check(today calendar.Date) error {
	if n.Reason == nil {
		return nil
	}
	var bad faults
	if *n.Reason == "" {
		bad.add("reason", "missing", "say why the customer must not be chased")
	}
	if n.ReviewOn == nil || !n.ReviewOn.After(today) || n.ReviewOn.DaysSince(today) > 366 {
		bad.add("review_on", "invalid_date", "give a day within a year on which this is looked at again")
	}
	return bad.err()
}

// ChaseInvoice sets or lifts do-not-chase on an invoice.
func (s *Service) ChaseInvoice(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, n NoChase) (Done, error) {
	if err := n.check(calendar.DateOf(now)); err != nil {
		return Done{}, err
	}
	return s.change(ctx, invoiceID, scope, now, actor, func(_ context.Context, f *caseFile) (Done, error) {
		by := string(actor)
		f.Invoice.NoChaseReason, f.Invoice.NoChaseBy, f.Invoice.NoChaseReviewOn = n.Reason, &by, n.ReviewOn
		f.chaseChanged(n)
		f.tell(MessageDoNotChase, true)
		return Done{}, nil
	})
}

func (f *caseFile) chaseChanged(n NoChase) {
	f.event("do_not_chase", map[string]any{"set": n.Reason != nil})
	if n.Reason == nil {
		f.pauseEnded()
	}
}

// ChaseCustomer sets or lifts do-not-chase on a customer.
func (s *Service) ChaseCustomer(ctx context.Context, scope store.Scope, now time.Time, actor Actor, customerID uuid.UUID, n NoChase) (int, error) {
	if err := n.check(calendar.DateOf(now)); err != nil {
		return 0, err
	}
	return s.changeCustomer(ctx, scope, now, actor, customerID, MessageDoNotChase,
		func(ctx context.Context, tx *store.Tx, cu *store.Customer) error {
			return tx.SetCustomerNoChase(ctx, cu.ID, n.Reason, string(actor), n.ReviewOn)
		},
		func(f *caseFile) { f.chaseChanged(n) })
}
