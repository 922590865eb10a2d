package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/message"
)

func TestValidate_NamesEveryMissingField(t *testing.T) {
	t.Parallel()
	letterhead := []string{
		"creditor.name", "creditor.registration_number or creditor.vat_number", "creditor.street",
		"creditor.postcode", "creditor.city", "creditor.phone", "creditor.contact_name", "creditor.reply_to",
		"customer.legal_name", "invoice.number", "invoice.due_date", "invoice.amount", "invoice.open",
	}
	account := []string{"creditor.iban", "creditor.account_name"}
	extra := map[message.Template][]string{
		message.Invoice:          append([]string{"invoice.issue_date"}, account...),
		message.InvoiceCopy:      append([]string{"invoice.issue_date", "invoice.attached"}, account...),
		message.Reminder:         account,
		message.StricterReminder: append([]string{"invoice.days_overdue", "pay_by"}, account...),
		message.FinalNotice: append([]string{
			"invoice.issue_date", "invoice.days_overdue", "pay_by",
			"hand_off_on", "agency_name",
		}, account...),
		message.SalesEscalation: {"invoice.days_overdue", "escalation.account_manager", "escalation.deadline"},
		message.AgencyHandOff:   append([]string{"invoice.issue_date", "agency_name"}, account...),
		message.AgencyRecall:    {"agency_name"},
	}
	for _, template := range message.Templates() {
		t.Run(string(template), func(t *testing.T) {
			t.Parallel()
			err := message.Validate(template, message.Data{})
			var missing *message.MissingError
			require.ErrorAs(t, err, &missing)
			require.ElementsMatch(t, append(append([]string{}, letterhead...), extra[template]...), missing.Fields)
			for _, name := range missing.Fields {
				require.ErrorContains(t, err, name)
			}
			_, err = message.RenderMail(template, "nl", message.Data{})
			require.ErrorIs(t, err, &message.MissingError{})
			require.NoError(t, message.Validate(template, sample()))
		})
	}
	require.ErrorIs(t, message.Validate("poem", sample()), message.ErrTemplate)
}

func TestValidate_RepeatsNoValue(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Creditor.IBAN = " \t\r\n"
	d.PayBy, d.HandOffOn = day(11, 20), day(11, 18)
	err := message.Validate(message.FinalNotice, d)
	require.EqualError(t, err, `message "final_notice" lacks creditor.iban, hand_off_on (not before pay_by): `+
		`complete the record, then render again`)
}

func TestValidate_SMSAndScripts(t *testing.T) {
	t.Parallel()
	var missing *message.MissingError
	_, err := message.RenderSMS(message.StricterReminder, "de", message.Data{})
	require.ErrorAs(t, err, &missing)
	require.Equal(t, []string{
		"creditor.name", "creditor.phone", "invoice.number", "invoice.due_date",
		"invoice.open", "pay_by",
	}, missing.Fields)
	_, err = message.CallScript(message.CallCourtesy, "de", message.Data{}, " ")
	require.ErrorAs(t, err, &missing)
	require.Equal(t, []string{
		"creditor.name", "creditor.phone", "customer.legal_name", "invoice.number",
		"invoice.due_date", "invoice.open", "caller",
	}, missing.Fields)
	require.NotErrorIs(t, err, message.ErrTemplate)
}

func TestValidate_OptionalFieldsMayBeEmpty(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Recipient = message.Recipient{}
	d.PreviousReminder = calendar.Date{}
	d.Creditor.LegalName, d.Creditor.Country, d.Creditor.Website, d.Creditor.VATNumber = "", "", "", ""
	d.Customer.Number, d.Invoice.PurchaseOrder, d.Invoice.PaymentReference = "", "", ""
	d.QRPNG, d.Escalation.Steps = nil, nil
	for _, language := range message.Languages() {
		for _, template := range message.Templates() {
			m, err := message.RenderMail(template, language, d)
			require.NoError(t, err)
			require.NotContains(t, m.Text, ": \n", "no label without a value")
			require.NotContains(t, m.Text, "· \n")
		}
	}
}
