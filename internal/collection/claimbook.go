package collection

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/money"
	"maan/internal/store"
)

// EntryInterest and EntryWaiver book what the law gives, and what of it was given up.
// Stored: never rename.
const (
	EntryInterest = "interest"
	EntryWaiver   = "waiver"
)

// bucketInterest holds interest apart from the principal. Stored: never rename.
const bucketInterest = "interest"

// belowThreshold is the reference of a claim that is too small to ask for.
const belowThreshold = "below_threshold"

// toBook is what a letter that claims the given sums adds to what earlier letters claimed.
// Interest that turns out too high, because money came earlier than was known, is set
// right as far as it is still open; costs were owed when they were asked, and stay.
func toBook(c store.Claims, interestMinor, costMinor int64) (interest, costs int64) {
	return max(interestMinor-c.InterestClaimed, -max(0, c.Interest)), max(0, costMinor-c.CostsClaimed)
}

// bookClaim books what the step's letter claims, now that it has left. Paid meanwhile, it
// claims nothing: the letter itself says that there is nothing more to do then.
func (a *acting) bookClaim(ctx context.Context) error {
	c, err := a.tx.ClaimLetter(ctx, a.Invoice.ID, string(a.row.Step), a.row.Occurrence)
	if err != nil || c == nil || c.BookedAt != nil || a.Invoice.ClosedOutcome != nil {
		return err
	}
	claims, err := a.tx.Claims(ctx, a.Invoice.ID)
	if err != nil {
		return err
	}
	interest, costs := toBook(claims, c.InterestMinor, c.CostMinor)
	reference := fmt.Sprintf("%s%s/%d", store.ClaimReference, c.Step, c.Occurrence)
	for _, e := range []entry{
		{kind: EntryInterest, amount: interest, bucket: bucketInterest}, {kind: EntryCost, amount: costs, bucket: bucketCost},
	} {
		if e.amount == 0 {
			continue
		}
		e.on, e.reference = c.UntilDay, reference
		if err := a.book(ctx, e); err != nil {
			return err
		}
	}
	a.event("claim_booked", map[string]any{
		"step": c.Step, "occurrence": c.Occurrence, "interest_minor": interest, "cost_minor": costs, "asked": c.Asked,
		"rate_table_version": c.RateTableVersion,
	})
	a.write(store.MarkClaimBooked(*c, a.now))
	if c.Asked {
		return nil
	}
	return a.waiveClaims(ctx, belowThreshold)
}

// waiveClaims gives up what letters asked beside the principal, with a record. The reason
// is a code.
func (f *caseFile) waiveClaims(ctx context.Context, reason string) error {
	claims, err := f.tx.Claims(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	for _, e := range []entry{{amount: -claims.Interest, bucket: bucketInterest}, {amount: -claims.Costs, bucket: bucketCost}} {
		if e.amount >= 0 {
			continue
		}
		e.kind, e.on, e.reference = EntryWaiver, f.today(), reason
		if err := f.book(ctx, e); err != nil {
			return err
		}
	}
	f.endClaimTask()
	return nil
}

// endClaimTask: nothing beside the principal is open any more, or the principal itself is
// open again.
func (f *caseFile) endClaimTask() {
	f.write(store.LapseTaskItems(f.Invoice.ID, []string{TaskClaimOpen}, "", f.now, "closed"))
}

// settleClaims decides what becomes of the claims of an invoice whose principal is settled:
// finance is asked once, and what is below the threshold or was written off is waived.
func (f *caseFile) settleClaims(ctx context.Context, outcome dunning.Reason) error {
	claims, err := f.tx.Claims(ctx, f.Invoice.ID)
	if err != nil || claims.Open() <= 0 {
		return err
	}
	switch {
	case outcome == dunning.ReasonWrittenOff:
		return f.waiveClaims(ctx, string(outcome))
	case claims.Open() < f.Creditor.ClaimThresholdMinor:
		return f.waiveClaims(ctx, belowThreshold)
	}
	_, err = f.task(ctx, newTask{kind: TaskClaimOpen, role: dunning.RoleFinance, reason: string(outcome)})
	return err
}

// Waive gives up the interest and costs that are open on an invoice.
func (s *Service) Waive(ctx context.Context, scope store.Scope, now time.Time, actor Actor, invoiceID uuid.UUID, reason string) (Done, error) {
	return s.change(ctx, invoiceID, scope, now, actor, func(ctx context.Context, f *caseFile) (Done, error) {
		f.dirty = false
		claims, err := f.tx.Claims(ctx, f.Invoice.ID)
		if err != nil {
			return Done{}, err
		}
		if claims.Open() <= 0 {
			return Done{}, Refuse(Conflict, "", "nothing_claimed", "no interest and no costs are open on this invoice")
		}
		return Done{}, f.waiveClaims(ctx, reason)
	})
}

// parts are what a receipt pays of an invoice; the rest is the customer's credit.
type parts struct{ principal, interest, costs int64 }

func (p parts) sum() int64 { return p.principal + p.interest + p.costs }

// partsOf divides a receipt in the order that the creditor chose. A credit note corrects
// the invoice itself and pays nothing else.
func (f *caseFile) partsOf(ctx context.Context, r store.Receipt) (parts, error) {
	principal := parts{principal: max(0, min(r.AmountMinor, f.Invoice.OpenMinor))}
	if r.Kind != EntryPayment {
		return principal, nil
	}
	claims, err := f.tx.Claims(ctx, f.Invoice.ID)
	if err != nil || claims.Open() <= 0 {
		return principal, err
	}
	order := law.PrincipalFirst
	if f.Creditor.Allocation == AllocationStatutory {
		if order, err = f.statutoryOrder(ctx); err != nil {
			return parts{}, err
		}
	}
	owed := func(minor int64) law.Money { return law.Money{Amount: money.New(max(0, minor), r.Currency)} }
	a, err := law.Allocate(order, law.Balances{
		Costs: owed(claims.Costs), Interest: owed(claims.Interest), Principal: owed(f.Invoice.OpenMinor),
	}, money.New(r.AmountMinor, r.Currency))
	if err != nil {
		return parts{}, fmt.Errorf("divide receipt %s: %w", r.ID, err)
	}
	return parts{principal: a.Paid.Principal.Minor, interest: a.Paid.Interest.Minor, costs: a.Paid.Costs.Minor}, nil
}

// How a payment is divided: the invoice itself first, or as the governing law does. Stored:
// never rename.
const (
	AllocationPrincipalFirst = "principal_first"
	AllocationStatutory      = "statutory"
)

func (f *caseFile) statutoryOrder(ctx context.Context) (law.Order, error) {
	facts, err := f.tx.ClaimFacts(ctx, f.Customer.ID, f.Invoice.ID)
	if err != nil {
		return law.Order{}, err
	}
	order, _ := law.StatutoryOrder(claimInvoice(&f.Invoice, governing(&f.Creditor, &f.Customer), &facts).Country)
	return order, nil
}

// payClaims books what a receipt pays beside the principal.
func (f *caseFile) payClaims(ctx context.Context, r store.Receipt, p parts) error {
	for _, e := range []entry{{amount: -p.interest, bucket: bucketInterest}, {amount: -p.costs, bucket: bucketCost}} {
		if e.amount == 0 {
			continue
		}
		e.kind, e.on, e.receipt, e.reference = r.Kind, r.ValueDate, &r.ID, r.ExternalID
		if err := f.book(ctx, e); err != nil {
			return err
		}
	}
	if p.interest+p.costs == 0 {
		return nil
	}
	claims, err := f.tx.Claims(ctx, f.Invoice.ID)
	if err == nil && claims.Open() <= 0 {
		f.endClaimTask()
	}
	return err
}
