package collection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/message"
	"maan/internal/money"
	"maan/internal/store"
)

// What a creditor asks beside the principal. Stored: never rename.
const (
	ClaimsNone     = "none"
	ClaimsAnnounce = "announce" // say what the law lets it add
	ClaimsAsk      = "claim"    // ask for it
)

// demand is what a letter says beside the principal.
type demand struct {
	owed     Owed
	ask      bool
	interest int64 // asked: what is open of earlier letters, and what came since
	costs    int64
	whole    bool // asked is all that the law gives: nothing of it was paid, given up or set right before
}

// mayClaim reports whether a letter of the step may say anything beside the principal.
func (a *acting) mayClaim(t message.Template) bool {
	return a.Creditor.Claims != ClaimsNone && a.Customer.Kind.MayBeDunned() && (t == message.StricterReminder || t == message.FinalNotice)
}

// owedInLetter is what is owed on the invoice in the letter that is being written.
func (a *acting) owedInLetter(ctx context.Context) (Owed, error) {
	if a.shared != nil {
		return *a.shared, nil
	}
	owed, _, err := a.owed(ctx, a.today())
	return owed, err
}

// demand computes what a letter of the step may say beside the principal; nil: nothing. A
// claim below the creditor's threshold is not asked: it is booked as waived.
func (a *acting) demand(ctx context.Context, t message.Template) (*demand, error) {
	if !a.mayClaim(t) {
		return nil, nil //nolint:nilnil // the principal only
	}
	owed, err := a.owedInLetter(ctx)
	if _, beyond := errors.AsType[*uncomputable](err); beyond {
		a.event("claim_not_computed", map[string]any{"step": string(a.act.Step)})
		return nil, nil //nolint:nilnil // see uncomputable
	}
	if err != nil {
		return nil, err
	}
	if owed.InterestMinor()+owed.ShareMinor() == 0 {
		return nil, nil //nolint:nilnil // the law gives nothing here
	}
	d := &demand{owed: owed, ask: a.Creditor.Claims == ClaimsAsk}
	if !d.ask {
		return d, nil
	}
	claims, err := a.tx.Claims(ctx, a.Invoice.ID)
	if err != nil {
		return nil, err
	}
	interest, costs := toBook(claims, owed.InterestMinor(), owed.ShareMinor())
	d.interest, d.costs = claims.Interest+interest, claims.Costs+costs
	d.whole = d.interest == owed.InterestMinor() && d.costs == owed.ShareMinor()
	asked := d.interest+d.costs > 0 && d.interest+d.costs >= a.Creditor.ClaimThresholdMinor
	if err := a.keepClaim(owed, asked); err != nil || !asked {
		return nil, err
	}
	return d, nil
}

// addClaim puts into the message what it says beside the principal.
func (a *acting) addClaim(ctx context.Context, t message.Template, d *message.Data) (err error) {
	if a.demanded, err = a.demand(ctx, t); err != nil || a.demanded == nil {
		return err
	}
	d.MayAdd = !a.demanded.ask
	d.Claim, err = a.demanded.words(&a.Customer, d.Invoice.Open)
	return err
}

// keepClaim writes down what the letter claims, to be booked when it has left.
func (a *acting) keepClaim(owed Owed, asked bool) error {
	if a.Creditor.Mode == dunning.ModeShadow {
		return nil // nothing leaves, so nothing is claimed
	}
	computation, err := json.Marshal(owed)
	if err != nil {
		return fmt.Errorf("write claim of case %s: %w", a.Invoice.ID, err)
	}
	a.write(store.PutClaimLetter(store.ClaimLetter{
		InvoiceID: a.Invoice.ID, Step: string(a.act.Step), Occurrence: a.row.Occurrence, UntilDay: owed.Until, InterestMinor: owed.InterestMinor(),
		CostMinor: owed.ShareMinor(), Asked: asked, RateTableVersion: owed.RateTableVersion, Computation: computation, BusinessAt: a.now,
	}))
	return nil
}

// words are what the message states of the demand.
func (d *demand) words(cu *store.Customer, open money.Amount) (message.Claim, error) {
	in := &d.owed.Invoices[0]
	c := message.Claim{
		Law: in.Country, Public: cu.Kind == dunning.KindPublicBody,
		Contractual: in.Interest.RateBasis == law.Contractual, Until: d.owed.Until,
		Interest: money.New(0, open.Currency), Costs: money.New(d.owed.ShareMinor(), open.Currency),
	}
	if n := len(in.Interest.Segments); n > 0 {
		c.Rate = in.Interest.Segments[n-1].Rate.String()
	}
	for _, w := range in.Interest.Warnings {
		if w.Code == law.WarnRateUnknownAfter {
			c.RateKnownUntil = w.Date
		}
	}
	for _, k := range d.owed.Costs {
		c.VAT = c.VAT || !k.VAT.IsZero()
	}
	if !d.ask {
		return c, nil
	}
	c.Interest.Minor, c.Costs.Minor = d.interest, d.costs
	total, err := open.Add(c.Interest)
	if err == nil {
		total, err = total.Add(c.Costs)
	}
	if err != nil {
		return c, fmt.Errorf("add up the demand: %w", err)
	}
	c.Total = total
	return c, nil
}
