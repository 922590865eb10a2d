// Package collection holds the rules that change a case: what happens when an invoice
// comes in, is delivered, paid, disputed or promised, and when a step is claimed,
// done or settled.
//
// Every change follows one pattern, in one transaction: lock the case, write the fact,
// plan anew, and put the whole new state on its way to the workflow
// ([caseFile.save]). Every act follows another: claim, act, record ([Service.ClaimSend],
// then the provider, then [Service.RecordSend]). So a payment or a dispute stops the
// next claim the moment it is committed, wherever Temporal stands.
package collection
