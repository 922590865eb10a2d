// Package api is the HTTP door of the product: REST for people and systems, webhooks for
// the providers. openapi.yaml is the contract; what it does not describe does not exist.
//
// A request passes these gates, in this order, and the first that refuses answers with a
// problem document (RFC 9457):
//
//		route -> key -> rate -> role -> size -> contract -> idempotency -> handler
//
//	  - Who calls is settled before a byte of the body is read, so that nobody without a
//	    key learns what is wrong with a body or keeps the server busy with a long one.
//	  - The contract is checked by kin-openapi against the embedded openapi.yaml: every
//	    fault at once, in words of our own that repeat nothing of what was sent.
//	  - What lies outside a key's creditors answers 404, never 403.
//
// Handlers are thin: they turn the request into a call of package collection, which holds
// the rules, or into a query of package store. After a fact is committed the invoice's
// workflow is told through [Teller], but the answer never depends on it.
//
// Logs carry ids, codes and routes; never a query string, a body or a name.
package api

//go:generate go tool -modfile=../deploy/tools/go.mod oapi-codegen -config oapi-codegen.yaml openapi.yaml
