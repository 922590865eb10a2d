// Package bankstatement reads end-of-day bank statements, ISO 20022 CAMT.053,
// in versions 001.02, .03, .04 and .08.
//
// It takes what collecting needs and no more: on which account how much came
// in or went out, when, from whom, and with which references; and whether the
// statement adds up. It matches nothing: whose account it is, and which invoice
// a payment settles, is for the caller.
//
//	Document -> Statement -> Entry -> Transaction
//	a file      an account,   a booking   a payment; a batch is one
//	            its balances              booking of many
//
// Rules that are easily got wrong:
//
//   - Amounts in the file bear no sign. The sign is CdtDbtInd's alone, and
//     RvslInd does not turn it again: DBIT with RvslInd true is an earlier
//     credit that was taken back, and negative.
//   - Nothing is rounded. Decimals beyond those of the currency must be zeros.
//   - The transactions of a booked entry add up to the entry, or the file is
//     refused. See [Transaction] for entries that do not say how they divide.
//   - Dates are as the bank writes them; a time with a zone counts on the date
//     that stands there.
//   - A difference between balances and entries is told, in [Statement].Check,
//     and does not refuse the file. Whoever imports decides.
//
// Reading is by token and under limits (package xmlsafe). [Scan] hands out the
// entries one by one and keeps none; [Read] keeps all and suits files of
// moderate size. All faults are told at once, up to 100, and name no person,
// account or text.
//
// Sources: the XML schemas of ISO 20022, and the Dutch and Belgian
// implementation guidelines for CAMT.053.
package bankstatement
