package feed

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"maan/internal/money"
	"maan/internal/store"
)

// Event is a line of the feed as other systems read it.
type Event struct {
	ID             string         `json:"id"` // the same wherever and however often the event is read
	Type           Type           `json:"type"`
	OccurredAt     time.Time      `json:"occurred_at"` // business time
	RecordedAt     time.Time      `json:"recorded_at"` // the wall clock when it was written
	Creditor       string         `json:"creditor"`
	InvoiceID      uuid.UUID      `json:"invoice_id"`
	InvoiceNumber  string         `json:"invoice_number"`
	CustomerNumber string         `json:"customer_number"`
	Run            int            `json:"run"`      // the case's run at that moment
	Sequence       int            `json:"sequence"` // rises within the case, with gaps
	Data           map[string]any `json:"data"`
}

// idDigits of a line's SHA-256 name its event: enough never to meet twice.
const idDigits = 32

// Of is the event of a line, whose kind must be one of [Kinds].
func Of(l store.FeedLine) (Event, error) {
	r, ok := ruleOf(l.Kind)
	if !ok {
		return Event{}, fmt.Errorf("line %d of case %s: kind %q is no event", l.Seq, l.InvoiceID, l.Kind)
	}
	data, err := dataOf(r, l)
	if err != nil {
		return Event{}, fmt.Errorf("line %d of case %s: %w", l.Seq, l.InvoiceID, err)
	}
	return Event{
		ID: idOf(l.Hash), Type: r.is, OccurredAt: l.BusinessAt.UTC(), RecordedAt: l.RecordedAt.UTC(), Creditor: l.CreditorID,
		InvoiceID: l.InvoiceID, InvoiceNumber: l.InvoiceNumber, CustomerNumber: l.CustomerNumber, Run: l.RunNo, Sequence: l.Seq, Data: data,
	}, nil
}

func idOf(hash string) string { return "evt_" + hash[:min(idDigits, len(hash))] }

// OfAll is [Of] for a list.
func OfAll(lines []store.FeedLine) ([]Event, error) {
	events := make([]Event, 0, len(lines))
	for _, l := range lines {
		e, err := Of(l)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

// dataOf picks the rule's members. What the line does not have is left out.
func dataOf(r rule, l store.FeedLine) (map[string]any, error) {
	var line map[string]json.RawMessage // numbers stay as they are written
	if err := json.Unmarshal(l.Data, &line); err != nil {
		return nil, fmt.Errorf("read data: %w", err)
	}
	known := factsOf(l)
	data := map[string]any{}
	for _, name := range r.members {
		if minor, ok := line["amount_minor"]; ok && name == "amount" {
			amount, err := amountOf(minor, line["currency"], l.Currency)
			if err != nil {
				return nil, err
			}
			data[name] = amount
		} else if v, ok := line[name]; ok && string(v) != `""` {
			data[name] = v
		} else if v, ok := known[name]; ok {
			data[name] = v
		}
	}
	return data, nil
}

// factsOf is what the ids in a line stand for.
func factsOf(l store.FeedLine) map[string]any {
	facts := map[string]any{}
	for name, text := range map[string]string{
		"stage": string(l.Stage), "channel": string(l.Channel), "template": l.Template, "audience": l.Audience,
	} {
		if text != "" {
			facts[name] = text
		}
	}
	if l.ValueDate != nil {
		facts["value_date"] = *l.ValueDate
	}
	if l.ReceiptID != nil {
		facts["receipt_id"] = *l.ReceiptID
	}
	if l.Reverses != nil {
		facts["reverses"] = *l.Reverses
	}
	return facts
}

// Amount is money as the API writes it: a plain decimal and an ISO 4217 code.
type Amount struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// amountOf reads an amount in its own currency or, where it names none, the invoice's.
func amountOf(minor, own json.RawMessage, currency money.Currency) (Amount, error) {
	var m int64
	if err := json.Unmarshal(minor, &m); err != nil {
		return Amount{}, fmt.Errorf("read amount: %w", err)
	}
	if own != nil {
		if err := json.Unmarshal(own, &currency); err != nil {
			return Amount{}, fmt.Errorf("read currency: %w", err)
		}
	}
	return Amount{Amount: money.New(m, currency).Decimal(), Currency: string(currency)}, nil
}
