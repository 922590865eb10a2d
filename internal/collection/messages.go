package collection

// Names of the messages to a workflow. They say what happened; each carries the whole
// state. An auditor reads them in the Temporal UI, and they stand in histories: never
// rename, only add.
const (
	MessageStart           = "start"
	MessageDelivery        = "delivery_recorded"
	MessagePayment         = "payment_received"
	MessagePaymentReversed = "payment_reversed"
	MessageCreditNote      = "credit_note_received"
	MessageWriteOff        = "written_off"
	MessageDisputeOpened   = "dispute_opened"
	MessageDisputeResolved = "dispute_resolved"
	MessageHoldPlaced      = "hold_placed"
	MessageHoldReleased    = "hold_released"
	MessageDoNotChase      = "do_not_chase_changed"
	MessageCallRecorded    = "call_recorded"
	MessageMessageFailed   = "message_failed"
	MessageMessageSettled  = "message_settled"
	MessageContactMended   = "contact_mended"
	MessageReleased        = "released"
	MessageDecided         = "hand_off_decided"
	MessageModeChanged     = "mode_changed"
	MessageResumed         = "stop_lifted"
	MessagePolicyMigrated  = "policy_migrated"
	MessageCreditChanged   = "customer_credit_changed"
	MessageTaskClosed      = "task_closed"
	MessageReconciled      = "reconciled"
	MessagePaymentData     = "payment_data_arrived"
	MessageAmended         = "invoice_amended"
)
