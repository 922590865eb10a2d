// Package law computes what the law lets a creditor claim for late payment:
// interest, fixed sums, collection costs, the dates of the letters that come
// before them, the order in which a payment is set off, and the day on which a
// claim lapses.
//
// It is pure: no clock, no database. The legal rates are data: a [Table] of
// dated rows, shipped with the product and added to by an administrator. Every
// answer shows how it came about: the law article, the base, the segments or
// slices, and the version of the table.
//
// Two rules hold throughout:
//
//   - Where the rules are not known, nothing is claimed, and a [Reason] says so:
//     a debtor who may be a consumer, a country without a table, a currency
//     without a rate, a contract clause without proof.
//   - What is computed on a rate that is not known for the day carries a
//     [Warning]. It is never a silent guess.
//
// Which law governs is for the caller to say: the contract's, else that of the
// creditor's country; consumers keep their own (Rome I, articles 3, 4 and 6).
// Codes and JSON names are stored with claims: never rename them.
package law
