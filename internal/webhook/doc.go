// Package webhook posts signed deliveries to addresses that customers of the product
// choose, which are nobody's to trust:
//
//   - an address is https without credentials; http to this machine is for development;
//   - a connection to an address inside a network is refused when it is made, whatever
//     the name resolved to before;
//   - no redirect is followed, nobody waits longer than [Timeout], and little of an answer
//     is read;
//   - no proxy of the environment is used, since the check would then see the proxy only.
//
// Errors are codes: an address may hold a secret of its own and is not logged.
package webhook
