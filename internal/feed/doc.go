// Package feed turns lines of the cases' histories into events for other systems.
//
// The types of events and the members of their data are a promise to the outside: one
// table maps the kinds of lines to them, and what is not in the table stays inside. An
// event holds ids, codes, dates and amounts, never a name, an address or a text.
//
// docs/events.md explains the feed to those who read it.
package feed
