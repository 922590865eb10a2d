package demo

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/einvoice"
	"maan/internal/message"
	"maan/internal/reference"
	"maan/internal/sms"
)

func debtorOf(t *testing.T, number string) *debtor {
	t.Helper()
	i := slices.IndexFunc(theCustomers, func(c customer) bool { return c.Number == number })
	require.GreaterOrEqual(t, i, 0, "customer %s", number)
	zone, err := time.LoadLocation(theCustomers[i].Zone)
	require.NoError(t, err)
	return &debtor{customer: theCustomers[i], zone: zone}
}

func TestStoriesFitTheCast(t *testing.T) {
	t.Parallel()
	numbers := map[string]bool{}
	for _, s := range stories {
		require.False(t, numbers[s.number], "%s twice", s.number)
		numbers[s.number] = true
		require.NotEmpty(t, s.beats, s.number)
		require.NotEqual(t, s.ubl == "", s.amount == "", "%s is UBL or has an amount", s.number)
		f := &performance{story: &s, Number: "2027-" + s.number, customer: debtorOf(t, s.customer)}
		ref, err := f.paymentReference()
		require.NoError(t, err)
		_, _, known := reference.Detect(ref)
		require.True(t, known, s.number)
	}
}

// Every step that an ending names is one of the policy's, in its order.
func TestEndingsFitThePolicy(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		name := debtorOf(t, s.customer).Policy
		if name == "" {
			name = dunning.PolicyStandard
		}
		source, err := dunning.Shipped(name)
		require.NoError(t, err)
		policy, err := dunning.ParsePolicy(source)
		require.NoError(t, err)
		for i, named := range s.end.steps {
			require.Less(t, i, len(policy.Steps), s.number)
			id := string(policy.Steps[i].ID)
			require.True(t, named == id || strings.HasPrefix(named, id+" "), "%s: %s is not %s", s.number, named, id)
		}
	}
}

func TestCastCanBeReached(t *testing.T) {
	t.Parallel()
	_, err := reference.CheckIBAN(iban)
	require.NoError(t, err)
	for _, c := range theCustomers {
		require.True(t, message.Supported(c.Language), c.Number)
		require.True(t, calendar.Known(c.Country), c.Number)
		for _, k := range c.Contacts {
			if k.Mobile == "" {
				continue
			}
			_, mobile, err := sms.Mobile(k.Mobile, c.Country)
			require.NoError(t, err, c.Number)
			require.True(t, mobile, c.Number)
		}
	}
}

func TestDocumentsAreFaultless(t *testing.T) {
	t.Parallel()
	entries, err := samples.ReadDir("samples")
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	us := einvoice.SupplierIDs{EndpointScheme: theCreditor["endpoint_scheme"].(string), EndpointID: theCreditor["endpoint_id"].(string)}
	ref, err := reference.MakeRF("20270101")
	require.NoError(t, err)
	for _, e := range entries {
		day := calendar.NewDate(2027, 1, 4)
		text, err := document(e.Name(), blanks{Number: "2027-0101", Issued: day, Due: day.AddDays(30), Reference: ref, Corrects: "2027-0100"})
		require.NoError(t, err)
		doc, findings, err := einvoice.Read(bytes.NewReader(text), einvoice.DefaultLimits)
		require.NoError(t, err)
		require.Empty(t, findings, e.Name())
		require.True(t, einvoice.MatchesSupplier(doc.Supplier, us), e.Name())
	}
}

// The first day is the next one that everybody works, at most a holiday season away.
func TestFirstDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_700_000_000, 2_200_000_000).Draw(t, "now"), 0)
		day := firstDay(now, calendar.Date{})
		require.True(t, everybodyWorks(day))
		require.False(t, at(day, curtainUp).Before(now))
		require.Less(t, at(day, curtainUp).Sub(now), 12*24*time.Hour)
		require.Equal(t, day, firstDay(now, day))
		require.True(t, firstDay(now, day.AddDays(1)).After(day))
	})
}

func TestCueNextWaitsForTheBeatBefore(t *testing.T) {
	t.Parallel()
	s := &story{beats: []beat{pays(after("invoice")), pays(next).in(2)}}
	f := &performance{story: s, customer: debtorOf(t, "K1001")}
	friday := calendar.NewDate(2027, 1, 8)
	f.cueNext(friday)
	require.False(t, f.waiting, "the invoice has not gone out")
	f.steps = []step{{Step: "invoice", State: "done"}}
	f.cueNext(friday)
	require.True(t, f.waiting)
	require.Equal(t, "2027-01-11T10:00:00Z", f.at.UTC().Format(time.RFC3339), "Monday, 11:00 at the customer's")
	f.cueNext(friday.AddDays(3))
	require.Equal(t, "2027-01-11T10:00:00Z", f.at.UTC().Format(time.RFC3339))
	f.played, f.waiting = 1, false
	f.cueNext(friday.AddDays(3))
	require.Equal(t, "2027-01-13T10:00:00Z", f.at.UTC().Format(time.RFC3339))
}

func TestReportIsOKOnlyWithoutDifferences(t *testing.T) {
	t.Parallel()
	require.True(t, (&Report{Endings: []Ending{{Number: "1"}}}).OK())
	require.False(t, (&Report{Duplicates: 1}).OK())
	e := Ending{Number: "1"}
	e.compare("messages", []string{"invoice email"}, []string{"reminder email", "invoice email"})
	require.Equal(t, []string{"messages: invoice email; expected invoice email, reminder email"}, e.Differences)
	require.False(t, (&Report{Endings: []Ending{e}}).OK())
}

// A message that presses never follows another one within a week.
func TestTooClose(t *testing.T) {
	t.Parallel()
	day := func(n int) *time.Time { d := time.Date(2027, 1, n, 9, 0, 0, 0, time.UTC); return &d }
	f := &performance{steps: []step{{Step: "reminder", Label: "reminder", State: "done", DoneAt: day(4)}, {Step: "stricter_reminder", State: "done", DoneAt: day(11)}}}
	require.Empty(t, f.tooClose())
	f.steps[1].DoneAt = day(10)
	require.NotEmpty(t, f.tooClose())
}
