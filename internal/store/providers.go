package store

import (
	"context"
	"fmt"
	"time"

	"maan/internal/dunning"
)

// ProviderState is what is known of the provider behind a channel, in business time.
type ProviderState struct {
	Channel      dunning.Channel
	PausedUntil  *time.Time // it asked to be left alone until then
	Failures     int        // in a row
	FailingSince *time.Time // the first of them
	LastCode     string     // the last one's
	OpenedAt     *time.Time // since then the circuit is open: messages wait as provider_down
	ProbeAt      *time.Time // while it is open: from then on one message may try
}

const providerColumns = `channel, paused_until, failures, failing_since, last_code, opened_at, probe_at`

// When a circuit opens: after so many failures in a row within the window. One message may try
// the provider again after each pause.
const (
	CircuitFailures = 5
	CircuitWindow   = 10 * time.Minute
	CircuitPause    = time.Minute
)

// OpenCircuits lists the providers to which nothing is sent because they are down.
func (s *Store) OpenCircuits(ctx context.Context) ([]ProviderState, error) {
	return list[ProviderState](ctx, s.pool, `select `+providerColumns+` from provider_state where opened_at is not null order by channel`)
}

// ProviderStates are the states of all providers.
func (tx *Tx) ProviderStates(ctx context.Context) ([]ProviderState, error) {
	return list[ProviderState](ctx, tx, `select `+providerColumns+` from provider_state`)
}

// TakeProbe takes the one attempt that an open circuit lets through, and puts the next one to
// the given moment. Of several that ask, one gets it.
func (tx *Tx) TakeProbe(ctx context.Context, channel dunning.Channel, now, next time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `update provider_state set probe_at = $3 where channel = $1 and opened_at is not null and probe_at <= $2`, channel, now, next)
	if err != nil {
		return false, fmt.Errorf("take probe: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// ProviderFailed notes that a provider did not do its part; enough of that in a row opens its
// circuit, and puts off the next attempt of one that is open.
func ProviderFailed(channel dunning.Channel, code string, now time.Time) Write {
	return statement(`update provider_state p set failures = n.failures, failing_since = n.since, last_code = $2,
			opened_at = coalesce(p.opened_at, case when n.failures >= $5 then $3 end),
			probe_at = case when p.opened_at is not null or n.failures >= $5 then greatest(p.probe_at, $3::timestamptz + $6::interval) end
		from (select case when failing_since > $3::timestamptz - $4::interval then failures + 1 else 1 end as failures,
				case when failing_since > $3::timestamptz - $4::interval then failing_since else $3 end as since
			from provider_state where channel = $1 for update) n
		where p.channel = $1`, channel, code, now, CircuitWindow, CircuitFailures, CircuitPause)
}

// ProviderAnswered notes that a provider works; its circuit closes.
func ProviderAnswered(channel dunning.Channel) Write {
	return statement(`update provider_state set failures = 0, failing_since = null, last_code = '', opened_at = null, probe_at = null
		where channel = $1 and (failures > 0 or opened_at is not null)`, channel)
}

// PauseProvider lets nobody send through a provider until the given moment.
func PauseProvider(channel dunning.Channel, until time.Time) Write {
	return statement(`update provider_state set paused_until = greatest(paused_until, $2) where channel = $1`, channel, until)
}

// TakeTurns implements provider.Turns.
func (s *Store) TakeTurns(ctx context.Context, channel string, n int, perSecond float64, within time.Duration) (first time.Duration, got int, err error) {
	var seconds float64
	err = s.pool.QueryRow(ctx, `with turn as (
			select greatest(next_at, clock_timestamp()) as first, clock_timestamp() as now from provider_turn where channel = $1 for update),
		given as (select first, now, greatest(0, least($2::int, 1 + floor(extract(epoch from now + $4::interval - first) * $3::float8)::int)) as n from turn),
		taken as (update provider_turn t set next_at = g.first + make_interval(secs => g.n / $3::float8) from given g where t.channel = $1 and g.n > 0)
		select extract(epoch from first - now)::float8, n from given`, channel, n, perSecond, within).Scan(&seconds, &got)
	if err != nil {
		return 0, 0, fmt.Errorf("take turns: %w", err)
	}
	return time.Duration(seconds * float64(time.Second)), got, nil
}
