// Package provider holds what the clients of the mail and SMS providers share:
// what is certain about an attempt that failed, the rate limit, the HTTP
// transport, and the rule that keeps development away from real customers.
//
// The fate of a failed attempt decides whether a customer may be contacted
// again, so it is never guessed in the friendly direction:
//
//	NotSent    nothing can have reached the provider, or it said it took nothing
//	Rejected   the provider read the message and refused it for good
//	Uncertain  everything else; only a webhook or the settlement rule decides
package provider
