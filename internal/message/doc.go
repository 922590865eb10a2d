// Package message writes everything the product says to people: the mails and
// text messages a customer receives, the mail to the account manager, the mails
// to the agency, and what a collector says on the phone. In Dutch, French,
// German and English.
//
// # How a message is made
//
//	Data ──Validate──> clean ──> view (dates and money as text)
//	                               │
//	            templates/<language>.tmpl  every sentence, one block per sentence group
//	                               │
//	                            letter (title, paragraphs, rows, help, footer)
//	                               │
//	             layout.html.tmpl / layout.txt.tmpl  the same letter, twice
//
// A sentence is written once per language and appears in both the HTML and the
// text part. Sentences are rendered as plain text and escaped by the HTML layout
// as a whole, so a name can carry quotes, markup or emoji and stays a name.
//
// # What holds for every message
//
//   - Rendering is a function of its input: no clock, no network, no randomness.
//     The SHA-256 of what was rendered is the proof of what was sent, so any
//     change of wording raises [Version].
//   - Dates and money are formatted in the reader's language by the calendar and
//     money packages, never here.
//   - A message that lacks a fact it must state is refused as a whole; the error
//     names every missing field and never a value.
//   - Nothing is tracked: no counting pixel, no rewritten link. The QR code travels
//     inside the mail; a logo is the only thing a mail client may fetch.
//   - Only the principal is claimed. Interest and costs appear in no amount.
package message
