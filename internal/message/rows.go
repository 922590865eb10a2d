package message

// The boxes: the facts in the frame of each message, as labelled rows. A row
// without a value is left out.

func paymentRows(s *speaker, d Data) (*row, []row) {
	return s.headline("label.to_pay"), filled(s.invoiceRows(d), s.accountRows(d))
}

func demandRows(s *speaker, d Data) (*row, []row) {
	demand := []row{{Label: s.say("label.pay_by"), Value: s.facts.PayBy}}
	return s.demanded("label.to_pay"), filled(s.invoiceRows(d), s.splitRows(), demand, s.accountRows(d))
}

func noticeRows(s *speaker, d Data) (*row, []row) {
	notice := []row{
		{Label: s.say("label.pay_by"), Value: s.facts.PayBy},
		{Label: s.say("label.handoff"), Value: s.facts.HandOffOn},
		{Label: s.say("label.agency"), Value: s.facts.Agency},
	}
	return s.demanded("label.total"), filled(s.invoiceRows(d), s.splitRows(), notice, s.accountRows(d))
}

func escalationRows(s *speaker, d Data) (*row, []row) {
	state := []row{
		{Label: s.say("label.overdue"), Value: s.say("days")},
		{Label: s.say("label.promises"), Value: count(d.Escalation.OpenPromises)},
		{Label: s.say("label.disputes"), Value: count(d.Escalation.Disputes)},
		{Label: s.say("label.deadline"), Value: s.facts.Deadline},
	}
	return s.headline("label.open"), filled(s.partyRows("label.customer", d), s.claimRows(d), state)
}

func handOffRows(s *speaker, d Data) (*row, []row) {
	return s.headline("label.principal"),
		filled(s.caseRows(), s.partyRows("label.debtor", d), s.claimRows(d), s.accountRows(d))
}

func recallRows(s *speaker, d Data) (*row, []row) {
	return s.headline("label.open"),
		filled(s.caseRows(), s.partyRows("label.debtor", d), s.claimRows(d))
}

// headline is the open sum under the given label.
func (s *speaker) headline(label string) *row {
	return &row{Label: s.say(label), Value: s.facts.Open}
}

// demanded is the sum that a demand asks for: under the given label if it is the
// principal alone.
func (s *speaker) demanded(label string) *row {
	if s.facts.Claimed {
		label = "label.to_pay"
	}
	return &row{Label: s.say(label), Value: s.facts.Asked}
}

// splitRows divide a claim into principal, interest and costs.
func (s *speaker) splitRows() []row {
	if !s.facts.Claimed {
		return nil
	}
	rows := []row{{Label: s.say("label.principal"), Value: s.facts.Open}}
	if s.facts.Interest != "" {
		rows = append(rows, row{Label: s.say("label.interest"), Value: s.facts.Interest})
	}
	if s.facts.Costs != "" {
		rows = append(rows, row{Label: s.say("label.costs"), Value: s.facts.Costs})
	}
	return rows
}

// invoiceRows say which invoice is meant, to the customer.
func (s *speaker) invoiceRows(d Data) []row {
	rows := []row{
		{Label: s.say("label.invoice"), Value: d.Invoice.Number},
		{Label: s.say("label.customer"), Value: d.Customer.LegalName},
		{Label: s.say("label.purchase_order"), Value: d.Invoice.PurchaseOrder},
	}
	if s.facts.Partial {
		rows = append(rows, row{Label: s.say("label.amount"), Value: s.facts.Amount})
	}
	return append(rows, row{Label: s.say("label.due_date"), Value: s.facts.DueDate})
}

// accountRows are what the payer types over. The account name is the exact
// one, since banks compare it (Verification of Payee).
func (s *speaker) accountRows(d Data) []row {
	return []row{
		{Label: s.say("label.iban"), Value: account(d)},
		{Label: s.say("label.account_name"), Value: d.Creditor.AccountName},
		{Label: s.say("label.reference"), Value: s.facts.Reference},
	}
}

func (s *speaker) caseRows() []row {
	return []row{{Label: s.say("label.case"), Value: s.facts.CaseReference}}
}

// partyRows name the customer to somebody else.
func (s *speaker) partyRows(label string, d Data) []row {
	return []row{
		{Label: s.say(label), Value: d.Customer.LegalName},
		{Label: s.say("label.customer_number"), Value: d.Customer.Number},
	}
}

// claimRows describe the invoice to somebody else than the customer.
func (s *speaker) claimRows(d Data) []row {
	return []row{
		{Label: s.say("label.invoice"), Value: d.Invoice.Number},
		{Label: s.say("label.issue_date"), Value: s.facts.IssueDate},
		{Label: s.say("label.due_date"), Value: s.facts.DueDate},
		{Label: s.say("label.amount"), Value: s.facts.Amount},
	}
}

func filled(groups ...[]row) []row {
	var rows []row
	for _, g := range groups {
		for _, r := range g {
			if r.Value != "" {
				rows = append(rows, r)
			}
		}
	}
	return rows
}
