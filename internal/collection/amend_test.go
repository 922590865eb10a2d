package collection_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/collection"
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
	amend := func() collection.MatchedItem {
		m, err := w.MatchOpenItem(t.Context(), store.Everything, w.now, anna, c.id, collection.OpenItem{OpenMinor: 121000, Amendment: amendment})
		require.NoError(t, err)
		return m
	}
	first := amend()
	require.True(t, first.Amended)
	require.Equal(t, collection.MessageAmended, first.Done.Told.Name)
	require.Equal(t, "2026-07-31", c.state().DueDate.String())
	require.True(t, c.current().LocalDate.After(before))
	require.Equal(t, "PO-7", read[string](w, `select purchase_order from invoice`))
	require.True(t, amend().Done.Existed)
	require.Equal(t, 1, c.events("amended"))
	w.intact()
}

func TestAmend_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	amend := func(scope store.Scope, a collection.Amendment) error {
		_, err := w.MatchOpenItem(t.Context(), scope, w.now, anna, c.id, collection.OpenItem{OpenMinor: 121000, Amendment: a})
		return err
	}
	refused(t, amend(store.Everything, collection.Amendment{DueDate: datePtr("2026-05-31")}), collection.Invalid, "invalid_date")
	text := "two\nlines"
	refused(t, amend(store.Everything, collection.Amendment{PurchaseOrder: &text}), collection.Invalid, "invalid_text")
	require.ErrorIs(t, amend(store.Scope{Creditors: []string{"other"}}, collection.Amendment{}), store.ErrNotFound)
}
