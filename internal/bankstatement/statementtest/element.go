package statementtest

import (
	"bufio"
	"encoding/xml"
	"strings"

	"maan/internal/calendar"
	"maan/internal/money"
)

// file writes elements; bufio keeps the first error until Flush.
type file struct {
	w       *bufio.Writer
	version string
}

func (f *file) signed(amount money.Amount) {
	f.money("Amt", amount)
	f.text("CdtDbtInd", indicator(amount))
}

func indicator(amount money.Amount) string {
	if amount.IsNegative() {
		return "DBIT"
	}
	return "CRDT"
}

// wrapped writes an amount in an element of its own, and nothing for none.
func (f *file) wrapped(name string, amount money.Amount) {
	if amount.Currency == "" {
		return
	}
	f.opening(name)
	f.money("Amt", amount)
	f.closing(name)
}

func (f *file) money(name string, amount money.Amount) {
	f.raw("<" + name + ` Ccy="` + string(amount.Currency) + `">` + strings.TrimPrefix(amount.Decimal(), "-") + "</" + name + ">")
}

func (f *file) date(name string, date calendar.Date) {
	f.opening(name)
	f.text("Dt", date.String())
	f.closing(name)
}

// text writes an element, and nothing for no text.
func (f *file) text(name, text string) {
	if text == "" {
		return
	}
	f.opening(name)
	_ = xml.EscapeText(f.w, []byte(text)) // Flush tells
	f.closing(name)
}

func (f *file) opening(names ...string) {
	for _, name := range names {
		f.raw("<" + name + ">")
	}
}

func (f *file) closing(names ...string) {
	for _, name := range names {
		f.raw("</" + name + ">")
	}
}

func (f *file) raw(s string) { _, _ = f.w.WriteString(s) } // Flush tells
