package message

// Template names one kind of message.
//
// Values are stored in histories and tables: never rename or reorder.
type Template string

// The messages, in the order a case may meet them.
const (
	Invoice          Template = "invoice"           // stage 1: the invoice itself
	InvoiceCopy      Template = "invoice_copy"      // the customer asked for the invoice again
	Reminder         Template = "reminder"          // stage 3: assumes an oversight
	StricterReminder Template = "stricter_reminder" // stage 4: demands the principal by a date
	FinalNotice      Template = "final_notice"      // stage 6: names agency, date and total
	SalesEscalation  Template = "sales_escalation"  // stage 5, internal: to the account manager
	AgencyHandOff    Template = "agency_handoff"    // stage 6, to the agency: dossier attached
	AgencyRecall     Template = "agency_recall"     // to the agency: stop at once
)

// Templates lists every template in the order above.
func Templates() []Template {
	return []Template{
		Invoice, InvoiceCopy, Reminder, StricterReminder, FinalNotice,
		SalesEscalation, AgencyHandOff, AgencyRecall,
	}
}

// Version is the version of the whole template set. It is stored with every
// message, beside the hash. Raise it on any change of wording or layout.
const Version = "4"

// Mail is a rendered e-mail, ready for a provider.
type Mail struct {
	Subject string // one line, without control characters
	HTML    string // a complete document
	Text    string // the same message as plain text
	Inline  []InlineImage

	Template Template
	Version  string
	Language string // the language it is really written in
	SHA256   string // hex, over subject, text and HTML, each ended by a line feed
}

// InlineImage is a picture that travels inside the mail and is shown where the
// HTML says cid:ContentID.
type InlineImage struct {
	ContentID   string
	ContentType string
	Filename    string
	Data        []byte
}

// SMS is a rendered text message in the GSM 7-bit alphabet (3GPP TS 23.038).
type SMS struct {
	Text     string
	Segments int // 1 or 2, as a provider bills them

	Template Template
	Version  string
	Language string
	SHA256   string // hex, over the text
}
