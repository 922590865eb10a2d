package store

import "slices"

// Scope is the creditors that a caller may see. Everything outside it does not exist
// for the caller.
type Scope struct {
	All       bool
	Creditors []string
}

// Everything is the scope of the product itself and of an administrator of all creditors.
var Everything = Scope{All: true} //nolint:gochecknoglobals // a constant in all but name

// Covers reports whether the creditor is within the scope.
func (s Scope) Covers(creditor string) bool { return s.All || slices.Contains(s.Creditors, creditor) }

// filter is the scope as a query parameter: nil lets everything through.
func (s Scope) filter() []string {
	if s.All {
		return nil
	}
	if s.Creditors == nil {
		return []string{}
	}
	return s.Creditors
}
