// Package worker runs the workflows and activities against a Temporal server, and the
// loops that keep Postgres and Temporal in step: the outbox relay, the sweep of old
// messages and the daily reconcile; and those that tell other systems: the publisher of
// the event feed and the webhooks. The loops run in one process at a time, under an
// advisory lock; they deliver and settle, and never decide a step.
package worker
