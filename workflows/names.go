package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Workflow types stand in every history: never rename.
const (
	TypeName       = "InvoiceCollection"
	TypeFileImport = "FileImport"
)

// Activity names stand in histories: never rename.
const (
	ActSendMessage = "SendMessage"      // e-mail, and SMS where the customer wants it
	ActCallTask    = "CreateCallTask"   // put the customer on the call list
	ActTask        = "CreateTask"       // ask a person
	ActEscalate    = "EscalateToSales"  // mail and task for the account manager
	ActHandOff     = "HandOffToAgency"  // dossier to the agency, once approved
	ActRecall      = "RecallFromAgency" // take the case back: it is paid
	ActImportFile  = "ImportFile"       // take in a file of many facts
)

// MessageNames are the messages that a run takes, as signals and as updates. Each
// carries a dunning.State; the name says what happened. Sent by the outbox relay, and by
// the API where a person waits. Only malformed input is refused.
var MessageNames = []string{
	"delivery_recorded", "payment_received", "payment_reversed", "credit_note_received", "written_off", "dispute_opened", "dispute_resolved",
	"hold_placed", "hold_released", "do_not_chase_changed", "call_recorded", "message_failed", "message_settled", "contact_mended", "released",
	"hand_off_decided", "mode_changed", "stop_lifted", "policy_migrated", "customer_credit_changed", "task_closed", "reconciled", "payment_data_arrived", "invoice_amended",
}

// Search attributes, by which people find runs in the Temporal UI. No personal data.
var (
	AttrInvoiceRef  = temporal.NewSearchAttributeKeyKeyword("InvoiceRef")
	AttrCustomerRef = temporal.NewSearchAttributeKeyKeyword("CustomerRef")
	AttrStage       = temporal.NewSearchAttributeKeyKeyword("CollectionStage")
	AttrPaused      = temporal.NewSearchAttributeKeyBool("Paused")
	AttrNextAction  = temporal.NewSearchAttributeKeyTime("NextActionAt")
	AttrDueDate     = temporal.NewSearchAttributeKeyTime("DueDate")
	AttrAmount      = temporal.NewSearchAttributeKeyInt64("AmountMinor")
	AttrCurrency    = temporal.NewSearchAttributeKeyKeyword("Currency")
)

// Register adds the workflows to a worker. Runs move to the newest code by themselves.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(InvoiceCollection, workflow.RegisterOptions{
		Name: TypeName, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	})
	r.RegisterWorkflowWithOptions(FileImport, workflow.RegisterOptions{
		Name: TypeFileImport, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	})
}
