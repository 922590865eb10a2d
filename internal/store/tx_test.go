package store_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"maan/internal/store"
)

// save puts a case's plan number up, with a message whose payload may be wrong.
func save(t *testing.T, ctx context.Context, tx *store.Tx, i store.Invoice, payload string, id *int64) {
	t.Helper()
	c, err := tx.LockCase(ctx, i.ID)
	require.NoError(t, err)
	c.Invoice.PlanNo++
	tx.SaveCase(c, store.CaseChange{Message: &store.WorkflowMessage{
		InvoiceID: i.ID, RunNo: 1, WorkflowID: "invoice:acme:" + i.Number, Name: "fact", Payload: []byte(payload),
	}}, id)
}

func planNo(t *testing.T, s *store.Store, i store.Invoice) (n int) {
	t.Helper()
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		c, err := tx.LockCase(ctx, i.ID)
		require.NoError(t, err)
		n = c.Invoice.PlanNo
	})
	return n
}

func TestInTx_WritesThatWaitAreSeenByWhatFollows(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	i := newInvoice(t, s, "1")
	var id int64
	inTx(t, s, func(ctx context.Context, tx *store.Tx) {
		save(t, ctx, tx, i, `{}`, &id)
		require.Zero(t, id, "it waits")
		var n int
		require.NoError(t, tx.QueryRow(ctx, `select plan_no from invoice where id = $1`, i.ID).Scan(&n))
		require.Equal(t, 1, n)
		require.Positive(t, id)
		save(t, ctx, tx, i, `{}`, &id)
	})
	require.Equal(t, 2, planNo(t, s, i), "the last ones go with the commit")
}

func TestInTx_WhatWaitsAndFailsUndoesAll(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	i := newInvoice(t, s, "1")
	for name, then := range map[string]func(context.Context, *store.Tx) error{
		"AtTheCommit":        func(context.Context, *store.Tx) error { return nil },
		"AtTheNextStatement": func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, "select 1"); return err },
		"AtTheNextQuery":     func(ctx context.Context, tx *store.Tx) error { return tx.QueryRow(ctx, "select 1").Scan(new(int)) },
	} {
		t.Run(name, func(t *testing.T) {
			err := s.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				save(t, ctx, tx, i, `{}`, new(int64))
				save(t, ctx, tx, i, `no json`, new(int64))
				return then(ctx, tx)
			})
			require.Equal(t, "postgres_22P02", store.ErrorCode(err), "%v", err)
			require.Zero(t, planNo(t, s, i))
		})
	}
}

func TestInTx_SaysThatNothingWasCommittedWhenAnErrorWasOverlooked(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	i := newInvoice(t, s, "1")
	err := s.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		save(t, ctx, tx, i, `{}`, new(int64))
		_, err := tx.Exec(ctx, "select 1/0")
		require.Error(t, err)
		return nil
	})
	require.ErrorIs(t, err, pgx.ErrTxCommitRollback)
	require.Zero(t, planNo(t, s, i))
}

func TestInTx_APanicLeavesNoTransactionBehind(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	i := newInvoice(t, s, "1")
	require.Panics(t, func() {
		_ = s.InTx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			save(t, ctx, tx, i, `{}`, new(int64))
			_, err := tx.Exec(ctx, "select 1")
			require.NoError(t, err)
			panic("x")
		})
	})
	var open int
	require.NoError(t, s.Pool().QueryRow(t.Context(), `select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'`).Scan(&open))
	require.Zero(t, open)
	require.Zero(t, planNo(t, s, i))
	require.Zero(t, s.Pool().Stat().AcquiredConns())
}
