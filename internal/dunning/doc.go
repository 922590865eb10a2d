// Package dunning is the heart of the product: what is done about an unpaid
// invoice, and when. It is plain Go without a clock, a database or Temporal, so
// that the preview, the what-if and the live run are one function.
//
//   - A [Policy] is an ordered list of steps, published as a numbered version.
//   - [Plan] gives every pending step its instant. It is the only place where a
//     date is computed.
//   - [Decide] answers, for one step at one instant, whether it may be done now.
//
// Values of the string types are stored in histories and in tables for ever:
// never rename them.
package dunning
