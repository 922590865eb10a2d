// Package store keeps the facts in PostgreSQL: rows, locks and queries, without rules.
// The rules that change facts are in package collection.
//
// Lock order everywhere: the customer, then its invoices by id. [Tx.LockCase] takes
// both, so that two claims, or a claim and a payment, of one customer follow each
// other.
//
// Tables that are only appended to (ledger_entry, case_event, event_feed, policy_version,
// contract_term, law_rate) refuse changes by trigger. Personal data stands in customer,
// contact, account_manager, message_body, note, bank_entry_text, the files of document and
// upload only.
package store
