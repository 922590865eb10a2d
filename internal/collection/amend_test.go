package collection_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

func TestAmend_MovesTheLadderAndCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	c.until("courtesy_call")
	before := c.current().LocalDate
	po := "PO-7"
	amendment := collection.Amendment{DueDate: datePtr("2026-07-31"), PurchaseOrder: &po}
	amend := func() collection.Done {
		done, err := w.Amend(t.Context(), store.Everything, w.now, anna, c.id, amendment)
		require.NoError(t, err)
		return done
	}
	require.Equal(t, collection.MessageAmended, amend().Told.Name)
	require.Equal(t, "2026-07-31", c.state().DueDate.String())
	require.True(t, c.current().LocalDate.After(before))
	require.Equal(t, "PO-7", read[string](w, `select purchase_order from invoice`))
	require.True(t, amend().Existed)
	require.Equal(t, 1, c.events("amended"))
	w.intact()
}

func TestAmend_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	_, err := w.Amend(t.Context(), store.Everything, w.now, anna, c.id, collection.Amendment{DueDate: datePtr("2026-05-31")})
	refused(t, err, collection.Invalid, "invalid_date")
	text := "two\nlines"
	_, err = w.Amend(t.Context(), store.Everything, w.now, anna, c.id, collection.Amendment{PurchaseOrder: &text})
	refused(t, err, collection.Invalid, "invalid_text")
	_, err = w.Amend(t.Context(), store.Scope{Creditors: []string{"other"}}, w.now, anna, c.id, collection.Amendment{})
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, dunning.ReasonPaid, c.pay("p-1", 121000).Closed)
	_, err = w.Amend(t.Context(), store.Everything, w.now, anna, c.id, collection.Amendment{DueDate: datePtr("2026-07-31")})
	refused(t, err, collection.Conflict, "closed")
}
