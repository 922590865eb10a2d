package activities_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
	"maan/workflows"
)

// codeOf is the code under which an error stands in a history. Nothing but the code may
// be in it.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	var coded *temporal.ApplicationError
	require.ErrorAs(t, err, &coded)
	require.Equal(t, coded.Type(), coded.Message())
	require.False(t, coded.HasDetails())
	require.NoError(t, errors.Unwrap(coded), "a cause would stand in the history too")
	return coded.Type()
}

const secret = "Petra Pay <petra@buyer.example>"

// An error's text can quote names and addresses. Histories and logs get its code only.
func TestCodes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		fail func() error
		code string
		last bool // not tried again
	}{
		{"plain", func() error { return errors.New(secret) }, "internal", false},
		{"wrapped_not_found", func() error { return fmt.Errorf("%s: %w", secret, store.ErrNotFound) }, "case_not_found", false},
		{"deadline", func() error { return fmt.Errorf("%s: %w", secret, context.DeadlineExceeded) }, "interrupted", false},
		{"canceled", func() error { return fmt.Errorf("%s: %w", secret, context.Canceled) }, "interrupted", false},
		{"refusal", func() error {
			return &collection.Refusal{Kind: collection.Conflict, Faults: []collection.Fault{{Message: secret}}}
		}, "refused_conflict", false},
		{"database", func() error {
			return fmt.Errorf("insert: %w", &pgconn.PgError{Code: "23505", Message: secret, Detail: secret})
		}, "postgres_23505", false},
		{"coded", func() error { return temporal.NewApplicationError(secret, "some_code", secret) }, "some_code", false},
		{"coded_final", func() error { return temporal.NewNonRetryableApplicationError(secret, "some_code", errors.New(secret)) }, "some_code", true},
		{"panic", func() error { panic(secret) }, "panic", false},
		{"panic_error", func() error { panic(errors.New(secret)) }, "panic", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			env := newEnvironment(&log)
			env.RegisterActivityWithOptions(func(context.Context) error { return tt.fail() }, activity.RegisterOptions{Name: "Fails"})
			_, err := env.ExecuteActivity("Fails")
			require.Equal(t, tt.code, codeOf(t, err))
			require.NotContains(t, err.Error(), "etra")
			var coded *temporal.ApplicationError
			require.ErrorAs(t, err, &coded)
			require.Equal(t, tt.last, coded.NonRetryable())
			require.NotContains(t, log.String(), "etra")
			require.Contains(t, log.String(), "Fails")
		})
	}
}

// The store's own errors on their way through a real activity.
func TestCodesOfTheStore(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, err := o.env.ExecuteActivity(workflows.ActSendMessage, dunning.Act{InvoiceID: secret, RunNo: 1, Step: "invoice", Occurrence: 1})
	require.Equal(t, "refused_invalid", codeOf(t, err))
	_, err = o.env.ExecuteActivity(workflows.ActTask, dunning.Act{InvoiceID: store.NewID().String(), RunNo: 1, Step: "invoice", Occurrence: 1})
	require.Equal(t, "case_not_found", codeOf(t, err))
	_, err = o.env.ExecuteActivity(workflows.ActRecall, dunning.Act{InvoiceID: secret, RunNo: 1})
	require.Equal(t, "refused_invalid", codeOf(t, err))

	o.exec(`alter table message_item rename to gone`)
	_, err = o.act(workflows.ActSendMessage, "invoice", 1)
	require.Equal(t, "postgres_42P01", codeOf(t, err))
	require.Empty(t, o.accepted(), "not claimed, not sent")
	o.store.Close()
	_, err = o.act(workflows.ActSendMessage, "invoice", 1)
	require.Equal(t, "internal", codeOf(t, err))
	require.NotContains(t, o.log.String(), "etra")
}
