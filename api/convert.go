package api

import (
	"encoding/base64"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"maan/internal/calendar"
	"maan/internal/money"
	"maan/internal/store"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// moneyOf writes an amount as the contract does.
func moneyOf(minor int64, c money.Currency) Money {
	return Money{Amount: money.New(minor, c).Decimal(), Currency: string(c)}
}

// amount reads an amount and notes what is wrong with it.
func (f *faults) amount(field string, m Money) money.Amount {
	a, err := money.Parse(m.Amount, m.Currency)
	if bad, ok := errors.AsType[*money.ParseError](err); ok {
		part := "amount"
		if bad.Code == money.UnknownCurrency {
			part = "currency"
		}
		f.add(field+"."+part, string(bad.Code), "%s", bad.Detail)
	}
	return a
}

// some points at a value, or nowhere for the zero value.
func some[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// value is what a pointer points at, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// each converts a list; none is an empty list, so that JSON has [].
func each[A, B any](list []A, convert func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, convert(a))
	}
	return out
}

// page reads one row more than it shows, to know whether there is a next page.
func page(cursor string, limit int) (store.Page, error) {
	p := store.Page{Limit: pageLength(limit) + 1}
	if cursor == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		p.After, err = uuid.FromBytes(raw)
	}
	if err != nil {
		return p, badCursor()
	}
	return p, nil
}

func badCursor() error {
	return &problem{kind: kindValidation, detail: "Mend what errors names and send it again.", faults: []Fault{
		{Field: "cursor", Code: "invalid_form", Detail: "pass next_cursor of the page before as it is, or leave it out for the first page"},
	}}
}

const standardPage = 50

func pageLength(limit int) int {
	if limit <= 0 {
		return standardPage
	}
	return limit
}

// cut takes the surplus row off a page and makes the cursor of the next one.
func cut[T any](rows []T, limit int, id func(*T) uuid.UUID) (shown []T, next string) {
	length := pageLength(limit)
	if len(rows) <= length {
		return rows, ""
	}
	last := id(&rows[length-1])
	return rows[:length], base64.RawURLEncoding.EncodeToString(last[:])
}

// dayOf reads a day that the contract has checked; none is the zero date.
func dayOf(text string) calendar.Date {
	day, err := calendar.ParseDate(text)
	if err != nil {
		return calendar.Date{}
	}
	return day
}

// overdueDays counts from the due date; 0 before it and once closed.
func overdueDays(due, today calendar.Date, closed bool) int {
	if closed {
		return 0
	}
	return max(0, today.DaysSince(due))
}
