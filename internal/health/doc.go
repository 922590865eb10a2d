// Package health says whether contact with customers goes on as it should, and says so by
// itself when it does not: each condition raises one alarm while it lasts.
//
// Nothing here names a customer: counts, codes and instants only.
package health
