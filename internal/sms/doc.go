// Package sms sends one text message through Twilio, reads Twilio's reports
// about it, and tells mobile numbers from landlines.
//
// The product's own message id travels in the address of the status callback,
// so that an attempt whose answer was lost can be settled. Twilio has no
// idempotency key for messages: nothing here ever sends twice.
package sms
