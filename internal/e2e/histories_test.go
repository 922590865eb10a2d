package e2e_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"maan/internal/devstack/world"
)

const historiesFile = "../../../shared/samples/receivables/ibm-late-payment-histories.csv"

// history is how a real invoice was paid, in days from its issue.
type history struct {
	country  string
	customer string
	number   string
	terms    int
	amount   string
	disputed bool
	settled  int
	late     int
}

// countries maps the data set's country codes to calendars that the product knows.
var countries = map[string]struct{ code, language, zone string }{
	"391": {"NL", "nl", "Europe/Amsterdam"}, "406": {"BE", "fr", "Europe/Brussels"}, "770": {"FR", "fr", "Europe/Paris"},
	"818": {"DE", "de", "Europe/Berlin"}, "897": {"GB", "en", "Europe/London"},
}

// seed draws the sample; a fixed one, so that every run takes the same invoices.
const seed = 20261123

// TestRealPaymentHistories runs real payment behaviour through the product: invoices
// paid late, many of them disputed. Nothing is claimed after a payment's commit or
// during a dispute. All 200 in the full run, 20 of them otherwise.
func TestRealPaymentHistories(t *testing.T) {
	t.Parallel()
	all := readHistories(t)
	random := rand.New(rand.NewPCG(seed, seed))
	sample := drawHistories(t, all, random)
	if os.Getenv("MAAN_TEST_FULL") == "" {
		sample = sample[:20]
	}
	h := newHouse(t, testWorld(t))
	var events []world.Event
	customers := map[string]string{}
	start := h.Clock.Now()
	for _, x := range sample {
		if _, known := customers[x.customer]; !known {
			where := countries[x.country]
			customers[x.customer] = h.customer(func(c object) { c["country"], c["language"], c["zone"] = where.code, where.language, where.zone })
		}
		id := h.invoice(customers[x.customer], func(i object) {
			i["number"], i["due_date"] = x.number, h.today().AddDays(x.terms).String()
			i["amount"] = object{"amount": x.amount, "currency": "EUR"}
			i["deliveries"] = []object{{"on": h.today().String(), "proof": "pod-" + x.number, "last": true}}
		})
		at := func(day int) time.Time { return start.Add(time.Duration(day) * 24 * time.Hour) }
		if x.disputed && x.settled > 0 {
			events = append(events, world.Event{At: at(random.IntN(x.settled)).Add(time.Hour), Do: func(context.Context) error {
				return h.API.Must(h.ctx, "POST", "/v1/invoices/"+id+"/disputes", object{"reason": "quality"}, nil)
			}})
		}
		events = append(events, world.Event{At: at(x.settled).Add(2 * time.Hour), Do: func(context.Context) error { return h.settle(id, x) }})
	}
	slices.SortStableFunc(events, func(a, b world.Event) int { return a.At.Compare(b.At) })
	require.NoError(t, h.Clock.Run(h.ctx, events[len(events)-1].At.Add(10*24*time.Hour), events...))
	h.none(`select count(*) from invoice where closed_outcome is null`)
	h.noMessageAfterPayment()
	h.noMessageDuringDispute()
	total, doubled := h.counts()
	require.Zero(t, doubled)
	t.Logf("%d invoices, %d messages, %d events", len(sample), total, len(events))
}

func (h *house) settle(id string, x history) error {
	if x.disputed && x.settled > 0 {
		if err := h.API.Must(h.ctx, "POST", "/v1/invoices/"+id+"/disputes/resolve", object{"resolution": "rejected"}, nil); err != nil {
			return err
		}
	}
	return h.API.Must(h.ctx, "POST", "/v1/invoices/"+id+"/payments", object{
		"reference": "settled-" + x.number, "amount": object{"amount": x.amount, "currency": "EUR"}, "value_date": h.today().String(),
	}, nil)
}

func readHistories(t *testing.T) []history {
	t.Helper()
	f, err := os.Open(historiesFile)
	if os.IsNotExist(err) {
		t.Skip("the payment histories are not on this machine")
	}
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	out := make([]history, 0, len(rows))
	for _, r := range rows[1:] {
		issued, due := day(t, r[4]), day(t, r[5])
		settled, err := strconv.Atoi(r[10])
		require.NoError(t, err)
		late, err := strconv.Atoi(r[11])
		require.NoError(t, err)
		out = append(out, history{
			country: r[0], customer: r[1], number: r[3], terms: int(due.Sub(issued).Hours() / 24), amount: r[6], disputed: r[7] == "Yes", settled: settled, late: late,
		})
	}
	return out
}

func day(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse("1/2/2006", s)
	require.NoError(t, err)
	return d
}

// drawHistories takes the 81 invoices at least 21 days late, 60 further disputed ones
// and 59 more, mixed by the seed.
func drawHistories(t *testing.T, all []history, random *rand.Rand) []history {
	t.Helper()
	var late, disputed, rest []history
	for _, x := range all {
		switch {
		case x.late >= 21:
			late = append(late, x)
		case x.disputed:
			disputed = append(disputed, x)
		default:
			rest = append(rest, x)
		}
	}
	require.Len(t, late, 81)
	n := 0
	for _, x := range late {
		if x.disputed {
			n++
		}
	}
	require.Equal(t, 68, n, "disputed among the late ones")
	for _, part := range [][]history{late, disputed, rest} {
		random.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
	}
	sample := slices.Concat(late, disputed[:60], rest[:59])
	random.Shuffle(len(sample), func(i, j int) { sample[i], sample[j] = sample[j], sample[i] })
	for i := range sample {
		require.Contains(t, countries, sample[i].country, fmt.Sprint("country of ", sample[i].number))
	}
	return sample
}
