package collection_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/law"
	"maan/internal/store"
)

// asking makes the creditor ask what the law gives.
func (w *world) asking() *world {
	w.exec(`update creditor set claims = 'claim'`)
	return w
}

// ledger lists the entries of a case beside the principal: kind bucket amount.
func (c *testCase) claims() []string {
	c.w.t.Helper()
	return c.w.column(`select kind || ' ' || bucket || ' ' || amount_minor from ledger_entry where invoice_id = $1 and bucket <> 'principal' order by seq`, c.id)
}

func (c *testCase) letter() collection.Outgoing {
	c.w.t.Helper()
	return c.w.provider.sent[len(c.w.provider.sent)-1]
}

func attached(o collection.Outgoing, name string) []byte {
	for _, d := range o.Attachments {
		if collection.DocumentName(d) == name {
			return d.Content
		}
	}
	return nil
}

// 1,210.00 due on 1 July 2026, asked on 15 July: 14 days at 10.40 % = 4.83, and Dutch costs
// of 15 % = 181.50.
func TestClaim_IsAskedAndBookedOnceTheLetterLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t).asking()
	c := w.begin()
	act := c.until(formal)
	out := c.claim(act)
	require.Empty(t, c.claims(), "nothing is booked before the letter left")
	text := out[0].Text
	require.Contains(t, text, "1.396,33", "the sum asked")
	require.Contains(t, text, "1.210,00")
	require.Contains(t, text, "4,83")
	require.Contains(t, text, "181,50")
	require.Contains(t, text, "6:119a")
	require.NotEmpty(t, out[0].QRCode)
	require.Contains(t, string(attached(out[0], "reminder.pdf")), "%PDF")

	fates := w.provider.handOver(out)
	require.Equal(t, "done", outcome(c.record(act, fates)))
	require.Equal(t, []string{"interest interest 483", "cost cost 18150"}, c.claims())
	c.record(act, fates) // told twice
	require.Len(t, c.claims(), 2)
	require.Equal(t, int64(121000), c.state().OpenMinor, "a claim never changes what the invoice itself owes")
	require.Equal(t, law.Shipped().Version(), read[string](w, `select rate_table_version from claim_letter where booked_at is not null`))
	require.Equal(t, 1, read[int](w, `select count(*) from document where kind = 'reminder_letter'`))
	w.intact()
}

// The final notice asks for what came since: 14 days more.
func TestClaim_LaterLetterBooksOnlyTheDifference(t *testing.T) {
	t.Parallel()
	w := newWorld(t).asking()
	c := w.begin()
	c.until("final_notice")
	out := c.claim(c.due())
	days := w.now.In(zone).YearDay() - time.Date(2026, 7, 1, 0, 0, 0, 0, zone).YearDay()
	interest := (121000*1040*int64(days)*2/(365*10000) + 1) / 2
	require.Contains(t, out[0].Text, euroText(121000+interest+18150))
	c.record(c.act(), w.provider.handOver(out))
	require.Equal(t, []string{"interest interest 483", "cost cost 18150", fmt.Sprintf("interest interest %d", interest-483)}, c.claims())
	w.intact()
}

func euroText(minor int64) string { return eur(minor).Format("nl") }

func TestClaim_AnnouncedAsksForThePrincipalOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until(formal)
	c.next()
	require.Contains(t, c.letter().Text, "10,40% per jaar, art. 6:119a BW")
	require.Contains(t, c.letter().Text, "Te betalen: "+euroText(121000))
	require.Empty(t, c.claims())
	require.Zero(t, read[int](w, `select count(*) from claim_letter`))
}

func TestClaim_IsSilentWhereTheCreditorOrTheLawSaysSo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world){
		"Switched off":                 func(w *world) { w.exec(`update creditor set claims = 'none'`) },
		"Country without rules":        func(w *world) { w.exec(`update creditor set country = 'GB', claims = 'claim'`) },
		"In shadow nothing is claimed": func(w *world) { w.exec(`update creditor set claims = 'claim', mode = 'shadow'`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change(w)
			c := w.begin()
			c.until(formal)
			c.next()
			require.Empty(t, c.claims())
			require.Zero(t, read[int](w, `select count(*) from claim_letter`))
		})
	}
}

func TestClaim_BelowTheThresholdIsWaivedWithARecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t).asking()
	w.exec(`update creditor set claim_threshold_minor = 100000`)
	c := w.begin()
	c.until(formal)
	c.next()
	require.NotContains(t, c.letter().Text, "rente")
	require.Equal(t, []string{"interest interest 483", "cost cost 18150", "waiver interest -483", "waiver cost -18150"}, c.claims())
	require.Equal(t, "below_threshold", read[string](w, `select distinct reference from ledger_entry where kind = 'waiver'`))
	w.intact()
}

func claimed(t *testing.T) (*world, *testCase) {
	t.Helper()
	w := newWorld(t).asking()
	c := w.begin()
	c.until(formal)
	require.Equal(t, "done", outcome(c.next()))
	return w, c
}

func TestClaim_OpenOnAPaidInvoiceIsOneTaskForFinance(t *testing.T) {
	t.Parallel()
	w, c := claimed(t)
	done := c.pay("p-1", 121000)
	require.Equal(t, dunning.ReasonPaid, done.Closed, "the invoice itself is paid")
	task := w.task(collection.TaskClaimOpen)
	claims, err := w.store.ClaimsOf(t.Context(), c.id)
	require.NoError(t, err)
	require.Equal(t, store.Claims{Interest: 483, Costs: 18150, InterestClaimed: 483, CostsClaimed: 18150}, claims)

	t.Run("PaidAfterwardsTheTaskIsMoot", func(t *testing.T) {
		c.pay("p-2", 18633+100)
		require.Empty(t, w.openTasks(collection.TaskClaimOpen))
		require.Equal(t, "lapsed", read[string](w, `select status from task where id = $1`, task))
		require.Equal(t, int64(100), w.credit(), "the rest is credit")
	})
	w.intact()
}

func TestClaim_FinanceMayWaiveIt(t *testing.T) {
	t.Parallel()
	w, c := claimed(t)
	c.pay("p-1", 121000)
	w.closeTask(w.task(collection.TaskClaimOpen), collection.TaskOutcome{Code: "waive"})
	require.Equal(t, []string{"interest interest 483", "cost cost 18150", "waiver interest -483", "waiver cost -18150"}, c.claims())
	_, err := w.Waive(t.Context(), store.Everything, w.now, anna, c.id, "goodwill")
	refused(t, err, collection.Conflict, "nothing_claimed")
	w.intact()
}

func TestClaim_SmallRestOfAPaidInvoiceIsWaived(t *testing.T) {
	t.Parallel()
	w, c := claimed(t)
	done := c.pay("p-1", 121000+18633-1000)
	require.Equal(t, dunning.ReasonPaid, done.Closed)
	require.Empty(t, w.openTasks(collection.TaskClaimOpen))
	require.Zero(t, w.credit())
	require.Equal(t, []string{
		"interest interest 483", "cost cost 18150", "payment interest -483", "payment cost -17150", "waiver cost -1000",
	}, c.claims())
	w.intact()
}

func TestClaim_PaymentIsDividedAsTheCreditorChose(t *testing.T) {
	t.Parallel()
	t.Run("PrincipalFirst", func(t *testing.T) {
		t.Parallel()
		w, c := claimed(t)
		require.Equal(t, int64(21000), c.pay("p-1", 100000).Open)
		require.Len(t, c.claims(), 2)
		w.intact()
	})
	t.Run("StatutoryCostsThenInterestThenPrincipal", func(t *testing.T) {
		t.Parallel()
		w, c := claimed(t)
		w.exec(`update creditor set allocation = 'statutory'`)
		require.Equal(t, int64(121000-(100000-18633)), c.pay("p-1", 100000).Open)
		require.Equal(t, []string{"payment interest -483", "payment cost -18150"}, c.claims()[2:])
		w.intact()
	})
	t.Run("CreditNoteCorrectsTheInvoiceAlone", func(t *testing.T) {
		t.Parallel()
		w, c := claimed(t)
		r := payment("cn-1", 121000+500)
		r.Kind = collection.EntryCreditNote
		require.Equal(t, dunning.ReasonCredited, w.receive(c, r).Closed)
		require.Equal(t, int64(500), w.credit())
		require.Len(t, c.claims(), 2)
		w.intact()
	})
}

func TestClaim_ReversalTakesEveryPartBack(t *testing.T) {
	t.Parallel()
	w, c := claimed(t)
	paid := c.pay("p-1", 121000+18633+700)
	require.Equal(t, dunning.ReasonPaid, paid.Closed)
	require.Equal(t, int64(121000), w.reverse(paid.ID).Open)
	claims, err := w.store.ClaimsOf(t.Context(), c.id)
	require.NoError(t, err)
	require.Equal(t, int64(18633), claims.Open())
	require.Zero(t, w.credit())
	w.intact()
}

func TestClaim_PaidWhileTheLetterLeavesIsNotBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t).asking()
	c := w.begin()
	act := c.until(formal)
	out := c.claim(act)
	c.pay("p-1", 121000)
	c.record(act, w.provider.handOver(out))
	require.Empty(t, c.claims(), "the letter says that nothing more is to be done")
	require.Empty(t, w.openTasks(collection.TaskClaimOpen))
	w.intact()
}

func TestClaim_WriteOffGivesUpAll(t *testing.T) {
	t.Parallel()
	w, c := claimed(t)
	_, err := w.WriteOff(t.Context(), store.Everything, w.now, anna, c.id, "goodwill")
	require.NoError(t, err)
	require.Equal(t, []string{"waiver interest -483", "waiver cost -18150"}, c.claims()[2:])
	require.Empty(t, w.openTasks(collection.TaskClaimOpen))
	w.intact()
}

func TestClaim_FeeOfABankIsNoClaimOfALetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t).asking()
	c := w.begin()
	require.NoError(t, w.AddCost(t.Context(), store.Everything, w.now, anna, c.id, eur(350), date("2026-06-10"), "return-1"))
	c.until(formal)
	c.next()
	require.Contains(t, c.letter().Text, "Te betalen: "+euroText(121000+18633))
	require.Equal(t, dunning.ReasonPaid, c.pay("p-1", 121000+18633+350).Closed)
	require.Equal(t, int64(350), w.credit(), "nobody asked for the fee")
	w.intact()
}

// Money that turns out to have come earlier lowers the interest, as far as it is open.
func TestClaim_InterestThatWasTooHighIsSetRight(t *testing.T) {
	t.Parallel()
	w, c := claimed(t)
	r := payment("p-1", 100000)
	r.On = date("2026-07-02")
	w.receive(c, r)
	c.until("final_notice")
	c.next()
	owed, err := w.Owed(t.Context(), store.Everything, date(day(w.now)), c.id)
	require.NoError(t, err)
	claims, err := w.store.ClaimsOf(t.Context(), c.id)
	require.NoError(t, err)
	require.Equal(t, owed.InterestMinor(), claims.Interest)
	require.Equal(t, int64(18150), claims.Costs, "costs that were asked stay")
	w.intact()
}

// The worked total of a dossier: 2,420.00 due on 30 April and 1,210.00 due on 31 May, on 15
// August 2026: interest 72.77 and 25.95, costs over the sum 488.00, together 4,216.72.
func TestOwed_TwoInvoicesInOneLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(due string, minor int64) func(*collection.NewInvoice) {
		return func(n *collection.NewInvoice) {
			n.IssueDate, n.DueDate, n.Amount = date("2026-04-01"), date(due), eur(minor)
		}
	}
	a := w.start(w.invoice("A", change("2026-04-30", 242000)))
	b := w.start(w.invoice("B", change("2026-05-31", 121000)))
	owed, err := w.Owed(t.Context(), store.Everything, date("2026-08-15"), a.id, b.id)
	require.NoError(t, err)
	require.Equal(t, int64(7277), owed.Invoices[0].Interest.Total.Minor)
	require.Equal(t, int64(2595), owed.Invoices[1].Interest.Total.Minor)
	require.Equal(t, int64(48800), owed.CostMinor())
	require.Equal(t, owed.CostMinor(), owed.Invoices[0].Costs.Minor+owed.Invoices[1].Costs.Minor, "shared out to the cent")
	require.Equal(t, int64(421672), owed.PrincipalMinor()+owed.InterestMinor()+owed.CostMinor())
	require.Equal(t, law.Shipped().Version(), owed.RateTableVersion)
	require.Empty(t, owed.Warnings())
}

func TestOwed_FollowsWhatWasAgreedBeforeTheStatute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	rate := law.Rate(80000)
	terms := func(change func(*collection.NewTerms)) {
		n := collection.NewTerms{ValidFrom: date("2026-01-01"), AnnualRate: &rate, AcceptedOn: datePtr("2026-01-10"), Proof: "contract 7"}
		change(&n)
		_, err := w.AddTerms(t.Context(), store.Everything, w.now, anna, w.customer, n)
		require.NoError(t, err)
	}
	computation := func() law.Computation {
		owed, err := w.Owed(t.Context(), store.Everything, date("2026-08-31"), c.id)
		require.NoError(t, err)
		return owed.Invoices[0].Interest
	}
	require.Equal(t, law.Statutory, computation().RateBasis)
	terms(func(n *collection.NewTerms) { n.AcceptedOn = nil })
	require.Equal(t, law.Statutory, computation().RateBasis, "without proof the statute holds")
	terms(func(*collection.NewTerms) {})
	require.Equal(t, law.Contractual, computation().RateBasis)
	require.Equal(t, "8.00", computation().Segments[0].Rate.String())
	terms(func(n *collection.NewTerms) { n.ValidUntil = datePtr("2026-05-31") })
	require.Equal(t, "8.00", computation().Segments[0].Rate.String(), "terms that do not hold on the date of issue change nothing")
	other := law.Rate(90000)
	terms(func(n *collection.NewTerms) { n.InvoiceID, n.AnnualRate, n.GoverningCountry = &c.id, &other, "BE" })
	terms(func(*collection.NewTerms) {})
	require.Equal(t, "9.00", computation().Segments[0].Rate.String(), "the invoice's own terms go before the customer's")
	require.Equal(t, law.BETrade, computation().Regime)
}

func TestTerms_AreRefusedWithEveryFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rate := law.Rate(2_000_000)
	_, err := w.AddTerms(t.Context(), store.Everything, w.now, anna, w.customer, collection.NewTerms{
		ValidUntil: datePtr("2026-01-01"), AnnualRate: &rate, Compounding: "daily", GoverningCountry: "nl", InvoiceID: &w.agency,
	})
	for _, code := range []string{"missing", "out_of_range", "unknown_value", "invalid_country"} {
		refused(t, err, collection.Invalid, code)
	}
	_, err = w.AddTerms(t.Context(), store.Everything, w.now, anna, w.customer, collection.NewTerms{ValidFrom: date("2026-01-01"), InvoiceID: &w.agency})
	refused(t, err, collection.Invalid, "unknown_invoice")
	_, err = w.AddTerms(t.Context(), store.Everything, w.now, anna, uuid.New(), collection.NewTerms{ValidFrom: date("2026-01-01")})
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestRates_ThatAreAddedReplaceAndWarnPastTheLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	owed := func() collection.Owed {
		o, err := w.Owed(t.Context(), store.Everything, date("2027-02-10"), c.id)
		require.NoError(t, err)
		return o
	}
	before := owed()
	require.Equal(t, law.WarnRateUnknownAfter, before.Warnings()[0].Code)
	row := law.Row{Regime: law.NLTrade, ValidFrom: date("2027-01-01"), Rate: 106500, Status: law.Derived, Source: "mro + 8"}
	require.NoError(t, w.AddRate(t.Context(), w.now, anna, row))
	row.Rate, row.Status, row.Source = 106000, law.Official, "Staatscourant"
	require.NoError(t, w.AddRate(t.Context(), w.now, anna, row))
	after := owed()
	require.Empty(t, after.Warnings())
	require.NotEqual(t, before.RateTableVersion, after.RateTableVersion)
	segments := after.Invoices[0].Interest.Segments
	require.Equal(t, "10.60", segments[len(segments)-1].Rate.String(), "the newest row of a day counts")

	err := w.AddRate(t.Context(), w.now, anna, law.Row{Regime: "XX", ValidFrom: date("2027-01-01"), Rate: 999_0000, Status: "maybe"})
	for _, code := range []string{"invalid_row"} {
		refused(t, err, collection.Invalid, code)
	}
	require.Contains(t, err.Error(), "regime")
	require.Contains(t, err.Error(), "source")
}

func TestOwed_PaymentsCountByValueDateAndReversedOnesNever(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	full, err := w.Owed(t.Context(), store.Everything, date("2026-08-31"), c.id)
	require.NoError(t, err)
	r := payment("p-1", 21000)
	r.On = date("2026-07-10")
	done := w.receive(c, r)
	part, err := w.Owed(t.Context(), store.Everything, date("2026-08-31"), c.id)
	require.NoError(t, err)
	require.Equal(t, int64(100000), part.PrincipalMinor())
	require.Len(t, part.Invoices[0].Interest.Segments, 2)
	require.Equal(t, date("2026-07-10"), part.Invoices[0].Interest.Segments[0].To, "the day of payment still bears interest")
	w.reverse(done.ID)
	again, err := w.Owed(t.Context(), store.Everything, date("2026-08-31"), c.id)
	require.NoError(t, err)
	require.Equal(t, full, again)
}

func TestOwed_SaysWhyNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	why := func() (law.Reason, []law.Reason) {
		owed, err := w.Owed(t.Context(), store.Everything, date("2026-08-31"), c.id)
		require.NoError(t, err)
		require.Zero(t, owed.InterestMinor()+owed.CostMinor())
		var costs []law.Reason
		for _, k := range owed.Costs {
			costs = append(costs, k.Reason)
		}
		return owed.Invoices[0].Interest.Reason, costs
	}
	for _, kind := range []string{"unknown", "sole_trader"} {
		w.exec(`update customer set kind = $1`, kind)
		interest, costs := why()
		require.Equal(t, law.ReasonDebtorUnclear, interest)
		require.Equal(t, []law.Reason{law.ReasonDebtorUnclear, law.ReasonDebtorUnclear}, costs)
	}
	w.exec(`update customer set kind = 'consumer'`)
	interest, _ := why()
	require.Equal(t, law.ReasonConsumerPackOff, interest)
	w.exec(`update customer set kind = 'business'`)
	w.exec(`update invoice set due_date_agreed = false`)
	interest, costs := why()
	require.Equal(t, law.ReasonReceiptUnknown, interest)
	require.Empty(t, costs, "nobody is in default")
}

// 10,000.00 due on 30 April, 4,000.00 paid on 1 July, stated on 3 September: the three ways
// to divide the payment.
func TestStatutoryAllocation_DividesAPaymentByTheLaw(t *testing.T) {
	t.Parallel()
	in := collection.ClaimInvoice{Country: "NL", Principal: eur(1000000), Due: date("2026-04-30"), DueDateAgreed: true}
	rules := collection.ClaimRules{Debtor: dunning.KindBusiness}
	paid := []law.Payment{{On: date("2026-07-01"), Amount: eur(400000)}}
	until := date("2026-09-03")
	total := func(costs []law.Payment) int64 {
		a, err := collection.StatutoryAllocation(law.Shipped(), rules, in, costs, paid, until)
		require.NoError(t, err)
		require.True(t, a.Known)
		return a.Left.Costs.Minor + a.Left.Interest.Minor + a.Left.Principal.Minor
	}
	require.Equal(t, int64(628504), total(nil), "interest first")
	require.Equal(t, int64(717600), total([]law.Payment{{On: date("2026-06-01"), Amount: eur(87500)}}), "costs, interest, principal")

	in.Payments = paid
	owed, err := collection.ClaimOf(law.Shipped(), rules, []collection.ClaimInvoice{in}, until)
	require.NoError(t, err)
	require.Equal(t, int64(628189), owed.PrincipalMinor()+owed.InterestMinor(), "principal first")
}

// What one letter claims is never more than what each invoice would cost alone, and the
// shares are the whole, to the cent.
func TestClaimOf_SharesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom([]string{"NL", "BE", "FR", "DE", "IT"}).Draw(t, "country")
		var invoices []collection.ClaimInvoice
		for range rapid.IntRange(1, 8).Draw(t, "invoices") {
			invoices = append(invoices, collection.ClaimInvoice{
				Country: country, Principal: eur(rapid.Int64Range(1, 100_000_000_00).Draw(t, "principal")), DueDateAgreed: true,
				Due: date("2026-01-01").AddDays(rapid.IntRange(0, 200).Draw(t, "due")),
			})
		}
		until := date("2026-01-01").AddDays(rapid.IntRange(0, 365).Draw(t, "until"))
		rules := collection.ClaimRules{Debtor: dunning.KindBusiness}
		owed, err := collection.ClaimOf(law.Shipped(), rules, invoices, until)
		require.NoError(t, err)
		var shares, alone int64
		for i, in := range owed.Invoices {
			shares += in.Costs.Minor
			one, err := collection.ClaimOf(law.Shipped(), rules, invoices[i:i+1], until)
			require.NoError(t, err)
			alone += one.CostMinor()
			require.Equal(t, one.Invoices[0].Interest, in.Interest)
		}
		require.Equal(t, owed.CostMinor(), shares)
		require.LessOrEqual(t, owed.CostMinor(), alone)
	})
}
