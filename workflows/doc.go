// Package workflows tells the story of one invoice to Temporal: deterministic code
// only. It knows no calendar and computes no date; every instant comes from the plan
// that a message or an act's result carries.
//
//	start ──▶ wait until the step is due ──▶ perform it ──▶ record the outcome ──┐
//	               ▲      (a message may pause, move or close)                   │
//	               └──────────────────── more steps ◀────────────────────────────┘
//	closed ──▶ recall from the agency, if it was handed off ──▶ result
//
// Histories of open invoices outlive releases. A change that alters the commands of a
// run goes behind workflow.GetVersion, with a recorded history in the replay tests.
package workflows
