package api

import (
	"context"

	"maan/internal/collection"
	"maan/internal/dunning"
)

// PreviewMessage writes the message that a step would send, and says whether it would.
func (s *server) PreviewMessage(ctx context.Context, r PreviewMessageRequestObject) (PreviewMessageResponseObject, error) {
	who := callerOf(ctx)
	p, err := s.service.Preview(ctx, who.scope, who.now, r.ID, collection.PreviewQuery{Step: dunning.StepID(r.Params.Step), Channel: r.Params.Channel})
	if err != nil {
		return nil, err
	}
	return PreviewMessage200JSONResponse(PreviewOf(p)), nil
}

// PreviewOf is a preview as the contract has it.
func PreviewOf(p *collection.Preview) MessagePreview {
	m := MessagePreview{
		InvoiceID: p.InvoiceID, Creditor: p.Creditor, Number: p.Number, Step: string(p.Step.ID), Label: p.Step.Label, Stage: p.Step.Stage,
		Occurrence: p.Occurrence, Channel: p.Channel, PlannedAt: p.PlannedAt, WrittenFor: p.At, WouldSend: p.WouldSend, Code: p.Code,
		NotBefore: p.NotBefore, Missing: p.Missing, Audience: p.Audience, Recipient: p.Recipient, RecipientName: p.RecipientName, From: p.From,
		FromName: p.FromName, ReplyTo: p.ReplyTo, Template: p.Template, Language: p.Language, Tone: int(p.Tone), Subject: p.Subject, HTML: p.HTML,
		Text: p.Text, Attachments: p.Attachments,
	}
	if !p.WouldSend {
		m.Because = "It would not be sent because " + previewReason(p.Code) + "."
	}
	return m
}

// previewReasons are the codes of a preview in words, beside those of steps.
//
//nolint:gochecknoglobals // a table
var previewReasons = map[string]string{
	collection.PreviewDone:       "the step is done: its message was sent",
	collection.PreviewElsewhere:  "the invoice went out elsewhere; the step only records the proof",
	collection.PreviewIncomplete: "the record lacks what the message must state",
	collection.PreviewNoNotice:   "the final notice was not sent, and an agency never comes as a surprise",
	collection.PreviewNotPlanned: "the case does not come to this step as it stands",
	collection.PreviewTooLong:    "the text does not fit in a text message; the mail says it in full",
	"no_address":                 "no contact of the customer has an e-mail address",
	"address_failed":             "every e-mail address of the customer turned out to be dead",
	"no_mobile":                  "no contact of the customer has a mobile number",
	"mobile_not_for_billing":     "no mobile number of the customer is marked for messages about invoices",
	"number_failed":              "every mobile number of the customer turned out to be dead",
	"not_for_this_kind":          "the creditor sends no text messages to this kind of customer",
	"silenced":                   "the customer does not want to be written to on this channel",
}

func previewReason(code string) string {
	if text, ok := previewReasons[code]; ok {
		return text
	}
	return sentenceOf(dunning.Reason(code))
}
