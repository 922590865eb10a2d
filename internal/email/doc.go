// Package email sends one e-mail through SendGrid and reads what SendGrid
// reports about it afterwards.
//
// The product's own message id travels in the custom arguments of each mail and
// comes back in every event, so that an attempt whose answer was lost can be
// settled. SendGrid has no idempotency key: nothing here ever sends twice.
package email
