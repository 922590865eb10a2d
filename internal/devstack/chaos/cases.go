package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"maan/internal/calendar"
	"maan/internal/devstack/world"
)

// trial is one case.
type trial struct {
	name    string
	workers int                                 // 1 unless said
	arrive  func(*scene, context.Context) error // how the invoices come; a file unless said
	strike  func(*scene, context.Context) error // while the backlog is sent
	early   bool                                // strike before a worker starts
	reports int                                 // times that the provider tries to report; its own number unless said
}

var trials = []trial{
	{name: "worker killed with -9, five times", strike: (*scene).killFive},
	{name: "two workers, each killed in turn", workers: 2, strike: (*scene).killInTurn},
	{name: "provider down for the whole first attempt", early: true, strike: (*scene).providerDown},
	{name: "every 10th answer is 500 or 503", early: true, strike: (*scene).everyTenth},
	{name: "provider restarted at 40 %", early: true, strike: (*scene).providerRestarted},
	{name: "accepted, but the answer is lost", early: true, strike: (*scene).answersLost},
	{name: "the answer lost, and the reports too", early: true, reports: 2, strike: (*scene).reportsLost},
	{name: "PostgreSQL restarted", strike: (*scene).databaseRestarted},
	{name: "Temporal killed and restarted", strike: (*scene).temporalRestarted},
	{name: "two operators do the same, 0.2 s apart", arrive: (*scene).operatorsImport, strike: (*scene).operatorsRelease},
	{name: "a payment for each invoice meanwhile", strike: (*scene).payEach},
}

// killFive kills the worker at random moments and starts another each time.
func (s *scene) killFive(ctx context.Context) error {
	return s.kills(ctx, 5, (*world.World).KillWorkers)
}

// killInTurn kills one of two workers, and later the other.
func (s *scene) killInTurn(ctx context.Context) error {
	return s.kills(ctx, 2, (*world.World).KillWorker)
}

func (s *scene) kills(ctx context.Context, times int, kill func(*world.World) error) error {
	moments, err := s.moments(ctx, times)
	if err != nil {
		return err
	}
	for _, at := range moments {
		now, err := s.reached(ctx, at)
		if err != nil {
			return err
		}
		if err := kill(s.World); err != nil {
			return err
		}
		s.say("killed when %d messages were accepted", now)
		if err := s.StartWorker(); err != nil {
			return err
		}
	}
	return nil
}

// providerDown refuses every connection until each reminder was tried.
func (s *scene) providerDown(ctx context.Context) error {
	if err := s.behave(ctx, map[string]any{"mode": "down"}); err != nil {
		return err
	}
	if err := s.send(1); err != nil {
		return err
	}
	var untried int
	err := s.poll(ctx, patience, func() (bool, error) {
		err := s.Pool.QueryRow(ctx, `select count(*) from customer c where not exists (select 1 from plan_step p join invoice i on i.id = p.invoice_id
			where i.customer_id = c.id and p.step = $1 and p.state = 'waiting')`, step).Scan(&untried)
		return untried == 0, err
	})
	if err != nil {
		return fmt.Errorf("%d customers' reminders were not tried: %w", untried, err)
	}
	s.say("all were refused; the provider comes back")
	return nil
}

// everyTenth gives each tenth request an error, of four kinds one after the other.
func (s *scene) everyTenth(ctx context.Context) error {
	n, err := s.customers(ctx)
	if err != nil {
		return err
	}
	for i, fault := range []string{"500_after", "503_before", "503_after", "500_before"} {
		if err := s.behave(ctx, map[string]any{"mode": "every_nth", "n": 10, "fault": fault}); err != nil {
			return err
		}
		if i == 0 {
			if err := s.send(1); err != nil {
				return err
			}
		}
		if i < 3 {
			if _, err := s.reached(ctx, n*(i+1)/5); err != nil {
				return err
			}
		}
	}
	_, err = s.reached(ctx, n*4/5)
	return err
}

// providerRestarted breaks all connections when 40 % of the mails are accepted, and refuses new
// ones for a while.
func (s *scene) providerRestarted(ctx context.Context) error {
	const away = 2 * time.Second
	n, err := s.customers(ctx)
	if err != nil {
		return err
	}
	for channel, at := range map[string]int{"email": n * 2 / 5, "sms": n / 10} {
		b := map[string]any{"mode": "restart", "channel": channel, "n": max(1, at), "delay_ms": away.Milliseconds()}
		if err := s.behave(ctx, b); err != nil {
			return err
		}
	}
	if err := s.send(1); err != nil {
		return err
	}
	if _, err := s.reached(ctx, n*2/5); err != nil {
		return err
	}
	return wait(ctx, 2*away) // whatever is left may have been refused: the clock brings it back
}

// answersLost accepts everything and answers nothing: some requests hang, the others break.
func (s *scene) answersLost(ctx context.Context) error {
	n, err := s.customers(ctx)
	if err != nil {
		return err
	}
	if err := s.behave(ctx, map[string]any{"mode": "hang_after", "count": 10}); err != nil {
		return err
	}
	if err := s.send(1); err != nil {
		return err
	}
	if _, err := s.reached(ctx, min(10, n/4)); err != nil {
		return err
	}
	if err := s.behave(ctx, map[string]any{"mode": "drop_after"}); err != nil {
		return err
	}
	return s.dry(ctx)
}

// reportsLost is answersLost for a tenth of the messages while the API is away, so that no
// webhook tells either what left.
func (s *scene) reportsLost(ctx context.Context) error {
	n, err := s.customers(ctx)
	if err != nil {
		return err
	}
	if err := s.KillAPI(); err != nil {
		return err
	}
	if err := s.behave(ctx, map[string]any{"mode": "drop_after", "count": max(1, n/10)}); err != nil {
		return err
	}
	if err := s.send(1); err != nil {
		return err
	}
	if err := s.dry(ctx); err != nil {
		return err
	}
	s.say("waiting until the provider gives up on its webhooks")
	if err := s.poll(ctx, patience, func() (bool, error) { return s.Sandbox.Queued() == 0, nil }); err != nil {
		return fmt.Errorf("the provider gives up: %w", err)
	}
	return s.StartAPI(ctx)
}

func (s *scene) databaseRestarted(ctx context.Context) error {
	return s.restarted(ctx, "PostgreSQL", func() error { return s.database.Restart(ctx) })
}

func (s *scene) temporalRestarted(ctx context.Context) error {
	return s.restarted(ctx, "Temporal", func() error {
		if err := s.server.Kill(); err != nil {
			return err
		}
		return s.server.Start()
	})
}

func (s *scene) restarted(ctx context.Context, what string, restart func() error) error {
	moments, err := s.moments(ctx, 1)
	if err != nil {
		return err
	}
	now, err := s.reached(ctx, moments[0])
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := restart(); err != nil {
		return fmt.Errorf("restart %s: %w", what, err)
	}
	s.say("%s restarted when %d messages were accepted; it was away for %.1f s", what, now, time.Since(begin).Seconds())
	return nil
}

// releaseLine is a line of the day's list, as the one who releases it looked at it.
type releaseLine struct {
	InvoiceID uuid.UUID `json:"invoice_id"`
	Version   string    `json:"version"`
}

// operatorsRelease has two people look at the same list and release it.
func (s *scene) operatorsRelease(ctx context.Context) error {
	if err := s.poll(ctx, patience, func() (ready bool, err error) {
		err = s.Pool.QueryRow(ctx, `select not exists (select 1 from plan_step where step = $1 and state = 'pending')`, step).Scan(&ready)
		return ready, err
	}); err != nil {
		return fmt.Errorf("reminders wait for their release: %w", err)
	}
	day := calendar.DateOf(s.Clock.Now()).String()
	var list struct {
		Items []releaseLine `json:"items"`
	}
	if err := s.API.Must(ctx, http.MethodGet, "/v1/releases/preview?creditor="+slug+"&day="+day, nil, &list); err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return errors.New("nothing is on the day's list")
	}
	err := s.twice(ctx, func(as *world.Client) error {
		return as.Must(ctx, http.MethodPost, "/v1/releases", map[string]any{"creditor": slug, "day": day, "lines": list.Items}, nil)
	})
	if err != nil {
		return err
	}
	if err := s.live(ctx, s.Clock.Now().Add(time.Hour)); err != nil { // the plan has the moment of the release, and the workflows lag behind
		return err
	}
	return s.API.Must(ctx, http.MethodPut, "/v1/creditors/"+slug+"/mode", map[string]any{"mode": "automatic", "reason": "the rest"}, nil)
}

const payers = 3 // payments that are posted at a time

// payEach pays every invoice, in random order, while its reminder may be leaving.
func (s *scene) payEach(ctx context.Context) error {
	rows, err := s.Pool.Query(ctx, `select id from invoice order by number`)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return err
	}
	shuffle(s.rng, ids)
	if _, err := s.reached(ctx, 1); err != nil {
		return err
	}
	day := calendar.DateOf(s.Clock.Now()).String()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(payers)
	for _, id := range ids {
		g.Go(func() error {
			var out struct {
				Leaving []uuid.UUID `json:"leaving"`
			}
			err := s.API.Must(ctx, http.MethodPost, "/v1/invoices/"+id.String()+"/payments", map[string]any{
				"reference": "pay-" + id.String(), "amount": map[string]any{"amount": "250.00", "currency": "EUR"}, "value_date": day,
			}, &out)
			at := time.Now()
			s.mu.Lock()
			defer s.mu.Unlock()
			s.payments[id] = answer{at: at, leaving: out.Leaving}
			return err
		})
	}
	return g.Wait()
}

func shuffle[T any](rng *rand.Rand, all []T) {
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
}
