package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Page bounds a list that is ordered by id. Ids sort by the time they were made, so
// that is the order of arrival.
type Page struct {
	After uuid.UUID // the last id of the page before; zero for the first page
	Limit int       // rows to read; callers ask for one more than they show, to know whether there is a next page
}

// where collects the conditions of a list. Only what the caller asked for stands in the
// statement, so that PostgreSQL plans for it.
type where struct {
	conditions []string
	args       []any
}

// add appends a condition; %d in it is the number of the argument's parameter.
func (w *where) add(condition string, arg any) {
	w.args = append(w.args, arg)
	w.conditions = append(w.conditions, strings.ReplaceAll(condition, "%d", strconv.Itoa(len(w.args))))
}

// scope limits a column to the caller's creditors.
func (w *where) scope(column string, s Scope) {
	if !s.All {
		w.add(column+" = any($%d)", s.filter())
	}
}

// sql is the where clause, empty without conditions.
func (w *where) sql() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " where " + strings.Join(w.conditions, " and ")
}

// page is the clause that cuts a page by id out of the selection.
func (w *where) page(column string, p Page) {
	if p.After != uuid.Nil {
		w.add(column+" > $%d", p.After)
	}
}

// limit is the parameter of a limit clause.
func (w *where) limit(n int) string {
	w.args = append(w.args, n)
	return fmt.Sprintf(" limit $%d", len(w.args))
}
