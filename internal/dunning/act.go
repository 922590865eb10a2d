package dunning

import "time"

// Case is what a workflow is started with: references and codes, nothing personal.
// It travels in histories: fields are only ever added.
type Case struct {
	InvoiceID   string `json:"invoice_id"`
	RunNo       int    `json:"run_no"`
	InvoiceRef  string `json:"invoice_ref"`  // creditor:number, the same for every run
	CustomerRef string `json:"customer_ref"` // opaque
	AmountMinor int64  `json:"amount_minor"`
	Currency    string `json:"currency"`
	State       State  `json:"state"`
}

// Act asks an activity to do a step.
type Act struct {
	InvoiceID  string `json:"invoice_id"`
	RunNo      int    `json:"run_no"`
	Step       StepID `json:"step"`
	Occurrence int    `json:"occurrence"`
}

// ActResult is what an activity answers: the outcome or the reason to wait, the proof,
// and the case's whole new state.
type ActResult struct {
	Answer          Answer             `json:"answer"`
	Reason          Reason             `json:"reason,omitempty"`
	NotBefore       time.Time          `json:"not_before,omitzero"`
	Reference       string             `json:"reference,omitempty"` // message or task id
	Channels        map[Channel]string `json:"channels,omitempty"`  // what became of each channel
	Template        string             `json:"template,omitempty"`
	TemplateVersion string             `json:"template_version,omitempty"`
	BodySHA256      string             `json:"body_sha256,omitempty"`
	State           State              `json:"state"`
}
