// Package demo performs a play of our own making in a development world: fourteen
// invoices of one Dutch creditor to customers in five countries and four languages,
// each of which comes to its own end, from payment on the next day to the agency and
// back.
//
// The play goes through the product's own API, with the keys of people who have roles:
// finance, a collector, sales. It is written as cues, not as dates ("the business day
// after the reminder, the customer pays"), so that it runs the same on every day of the
// year, holidays included.
//
//	set the scene ──▶ move the clock by a day ──▶ look at every case ──▶ cue its next beat
//	                          ▲                                               │
//	                          └───────── until every case has its end ◀───────┘
//	then judge: steps, messages the providers accepted and events, against each ending
package demo
