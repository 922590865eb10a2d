// Package document writes the PDFs that go to a customer beside or instead of a
// mail: the copy or summary of an invoice of which no file was uploaded, the
// stricter reminder as a letter with its computation, and the statement of
// account. In Dutch, French, German and English.
//
// # How a document is made
//
//	InvoiceData, ReminderData, StatementData
//	      │ every missing fact at once: MissingError
//	      ▼
//	facts (dates and money as text) ──> texts/<language>.tmpl  every sentence and label
//	      │
//	      ▼
//	paper (A4, letterhead, paragraphs, tables, payment box, pages) ──> PDF
//
// # What holds for every document
//
//   - It is a function of its input: no clock, no network, no randomness. The
//     date of creation is the date of the document, so the same input gives the
//     same bytes under the same build. Any change of wording or layout raises
//     [Version].
//   - Text is text: it can be selected, searched and read aloud; title, author
//     and language are in the file.
//   - Every text is written on the paper through one gate that takes away control
//     characters and signs that turn the direction of writing, and shows what the
//     font lacks by its base letter or as U+FFFD. A long word breaks, a long text
//     ends in an ellipsis, a wide amount shrinks: nothing leaves its column.
//   - Amounts are added up here, never computed: interest and costs come from the
//     caller, with their article.
//   - An invoice's copy states no VAT amount and says that it is no invoice, so
//     that nobody can deduct or owe the tax twice (for instance § 14c UStG).
package document
