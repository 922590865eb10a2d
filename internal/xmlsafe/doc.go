// Package xmlsafe reads XML that comes from outside: token by token, under
// limits, in memory that stays small whatever arrives.
//
// A [Reader] hands out the tokens of one document and refuses whatever a plain
// data file does not need: document types and entities, character sets that
// were not asked for, a second document, attributes that repeat, elements too
// deep, tokens and files too long. A [Builder] keeps the elements of a [Shape]
// as a tree of nodes and passes over all others; what has been used can be
// dropped again, so that a long list never stands in memory as a whole.
//
// Every refusal is a [Fault]. It names the line and the remedy and repeats
// nothing of the document.
package xmlsafe
