package dunning_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/dunning"
	"maan/internal/money"
)

// scenario is an invoice and what people do about it. Unless changed: the standard
// policy, a Dutch business, EUR 1,000, issued Monday 2 March 2026 at 10:00 and due
// Wednesday 1 April (day 0), creditor in automatic mode.
type scenario struct {
	name   string
	change func(*ladder)
	events []event
	want   []entry // what was done; the golden file has the rest
}

func newLadder() *ladder {
	return &ladder{
		policy: shipped(dunning.PolicyStandard), place: netherlands, written: map[calendar.Date]bool{},
		facts: dunning.Facts{
			AsOf: instant(netherlands, "2026-03-02 10:00"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
			Delivered: date("2026-03-02"), Spread: key,
		},
		base: dunning.Situation{
			Open: money.New(100000, "EUR"), Kind: dunning.KindBusiness, Mode: dunning.ModeAutomatic,
		},
	}
}

func unchanged(*ladder) {}

// lateArrival: the invoice reaches us on 11 May, 40 days overdue, sent by the ERP long ago.
func lateArrival(l *ladder) {
	l.facts.AsOf, l.facts.AlreadySent = instant(netherlands, "2026-05-11 14:00"), date("2026-03-02")
}

var scenarios = []scenario{
	{"nobody reacts", unchanged, nil, []entry{
		{-30, "invoice"}, {7, "reminder"}, {14, "stricter_reminder"}, {19, "overdue_call"}, {21, "sales_escalation"}, {29, "final_notice"}, {40, "agency_hand_off"},
	}},
	{"large amount gets a courtesy call", func(l *ladder) { l.base.Open.Minor = 500000 }, []event{{3, pays()}}, []entry{
		{-30, "invoice"}, {-7, "courtesy_call"},
	}},
	{"key account", func(l *ladder) { l.policy = shipped(dunning.PolicyKeyAccounts) }, nil, []entry{
		{-30, "invoice"}, {-7, "courtesy_call"}, {7, "reminder"}, {12, "sales_escalation"}, {21, "stricter_reminder"}, {27, "overdue_call"}, {42, "final_notice"}, {51, "agency_hand_off"},
	}},
	{"paid after the reminder", unchanged, []event{{10, pays()}}, []entry{{-30, "invoice"}, {7, "reminder"}}},
	{"paid on the morning of the reminder", unchanged, []event{{7, pays()}}, []entry{{-30, "invoice"}}},
	{"part payment", func(l *ladder) { l.base.Open.Minor = 600000 }, []event{{-10, paysPart(150000)}}, []entry{
		{-30, "invoice"}, {7, "reminder"}, {14, "stricter_reminder"}, {19, "overdue_call"}, {21, "sales_escalation"}, {29, "final_notice"}, {40, "agency_hand_off"},
	}},
	{"below the minimum", func(l *ladder) { l.policy.MinimumAmountMinor = 2000 }, []event{{10, paysPart(98500)}}, []entry{
		{-30, "invoice"}, {7, "reminder"},
	}},
	{"late arrival", lateArrival, nil, []entry{
		{40, "invoice"}, {40, "reminder"}, {47, "stricter_reminder"}, {50, "overdue_call"}, {50, "sales_escalation"}, {58, "final_notice"}, {68, "agency_hand_off"},
	}},
	{"late arrival that is held at once", lateArrival, []event{{40, holds(10)}}, []entry{
		{51, "invoice"}, {51, "reminder"}, {58, "stricter_reminder"}, {63, "overdue_call"}, {63, "sales_escalation"}, {70, "final_notice"}, {78, "agency_hand_off"},
	}},
	{"late arrival whose first reminder fails", func(l *ladder) {
		lateArrival(l)
		l.fails = map[dunning.StepID]dunning.Reason{"reminder": dunning.ReasonNoContact}
	}, []event{{52, pays()}}, []entry{{40, "invoice"}, {40, "stricter_reminder"}, {44, "overdue_call"}, {44, "sales_escalation"}, {51, "final_notice"}}},
	{"short terms", func(l *ladder) { l.facts.Due, l.base.Open.Minor = date("2026-03-13"), 900000 }, []event{{10, pays()}}, []entry{
		{-11, "invoice"}, {5, "reminder"},
	}},
	{"delivery comes late", func(l *ladder) { l.facts.Awaiting = true }, []event{{-9, delivered()}, {16, pays()}}, []entry{
		{-23, "delivery_check"}, {-9, "invoice"}, {7, "reminder"}, {14, "stricter_reminder"},
	}},
	{"delivery never comes", func(l *ladder) { l.facts.Awaiting = true }, nil, []entry{{-23, "delivery_check"}}},
	{"delivery after the due date", func(l *ladder) { l.facts.Awaiting = true }, []event{{5, delivered()}, {16, pays()}}, []entry{
		{-23, "delivery_check"}, {6, "invoice"}, {13, "reminder"},
	}},
	{"copy while the delivery is awaited", func(l *ladder) { l.facts.Awaiting, l.facts.AlreadySent = true, date("2026-03-02") }, []event{
		{-29, asksForCopy()}, {-9, delivered()}, {0, pays()},
	}, []entry{{-29, "invoice_copy"}, {-23, "delivery_check"}, {-9, "invoice"}}},
	{"disputed and settled", unchanged, []event{{8, disputes()}, {23, settles()}}, []entry{
		{-30, "invoice"}, {7, "reminder"}, {27, "stricter_reminder"}, {30, "overdue_call"}, {30, "sales_escalation"}, {40, "final_notice"}, {49, "agency_hand_off"},
	}},
	{"disputed for ever", unchanged, []event{{8, disputes()}}, []entry{{-30, "invoice"}, {7, "reminder"}}},
	{"copy during a dispute", unchanged, []event{{8, disputes()}, {9, asksForCopy()}, {12, settles()}, {20, pays()}}, []entry{
		{-30, "invoice"}, {7, "reminder"}, {9, "invoice_copy"}, {14, "stricter_reminder"}, {19, "overdue_call"},
	}},
	{"promise kept", unchanged, []event{{8, promises(10)}, {16, pays()}}, []entry{{-30, "invoice"}, {7, "reminder"}}},
	{"promise broken", unchanged, []event{{8, promises(10)}, {31, pays()}}, []entry{
		{-30, "invoice"}, {7, "reminder"}, {19, "stricter_reminder"}, {22, "overdue_call"}, {22, "sales_escalation"}, {30, "final_notice"},
	}},
	{"hold lifted early", unchanged, []event{{1, holdsWithoutEnd()}, {9, lifts()}, {13, pays()}}, []entry{{-30, "invoice"}, {12, "reminder"}}},
	{"hold over the due date", func(l *ladder) { l.base.Open.Minor = 900000 }, []event{{-10, holds(15)}, {8, pays()}}, []entry{
		{-30, "invoice"}, {7, "reminder"},
	}},
	{"stopped for a week", unchanged, []event{{13, stops()}, {20, goesOn()}, {28, pays()}}, []entry{
		{-30, "invoice"}, {7, "reminder"}, {20, "stricter_reminder"}, {23, "overdue_call"}, {23, "sales_escalation"},
	}},
	{"written to about another invoice", unchanged, []event{{7, contactedElsewhere()}, {13, pays()}}, []entry{
		{-30, "invoice"}, {8, "reminder"},
	}},
	{"written to twice in a week about others", unchanged, []event{{7, contactedElsewhere()}, {8, contactedElsewhere()}, {15, pays()}}, []entry{
		{-30, "invoice"}, {14, "reminder"},
	}},
	{"reminder bounces", func(l *ladder) {
		l.fails = map[dunning.StepID]dunning.Reason{"reminder": dunning.ReasonBounced}
	}, []event{{20, pays()}}, []entry{
		{-30, "invoice"}, {14, "stricter_reminder"}, {19, "overdue_call"},
	}},
	{"credit covers all", unchanged, []event{{6, credited(true)}, {29, credited(false)}, {30, pays()}}, []entry{
		{-30, "invoice"}, {29, "reminder"},
	}},
	{"consumer", func(l *ladder) { l.base.Kind = dunning.KindConsumer; l.policy = shipped(dunning.PolicyManual) }, nil, []entry{
		{-30, "invoice"}, {7, "follow_up"},
	}},
	{"consumer on the wrong policy", func(l *ladder) { l.base.Kind = dunning.KindConsumer }, nil, []entry{{-30, "invoice"}}},
	{"shadow", func(l *ladder) { l.base.Mode = dunning.ModeShadow }, nil, nil},
	{"shadow of an invoice sent elsewhere", func(l *ladder) {
		l.base.Mode, l.facts.AlreadySent = dunning.ModeShadow, date("2026-03-02")
	}, nil, []entry{{-30, "invoice"}}},
	{"batch released on the third day", func(l *ladder) { l.facts.AlreadySent = date("2026-03-02") }, []event{
		{6, becomes(dunning.ModeApprove)}, {9, releases()}, {12, pays()},
	}, []entry{{-30, "invoice"}, {9, "reminder"}}},
	{"London over Easter", func(l *ladder) { l.place = placeOf("GB", "Europe/London") }, []event{{38, pays()}}, []entry{
		{-30, "invoice"}, {7, "reminder"}, {14, "stricter_reminder"}, {19, "overdue_call"}, {21, "sales_escalation"}, {28, "final_notice"}, {37, "agency_hand_off"},
	}},
}

func TestTimelines(t *testing.T) {
	t.Parallel()
	for _, tt := range scenarios {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLadder()
			tt.change(l)
			story := tt.name + "\n" + l.title() + "\n\n"
			require.True(t, l.run(tt.events), "the ladder runs in circles:\n%s", l)
			golden := filepath.Join("testdata", "timelines", strings.ReplaceAll(tt.name, " ", "-")+".txt")
			story += l.String()
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(story), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), story)
			require.Equal(t, tt.want, l.done())
		})
	}
}

// Every golden file belongs to a scenario.
func TestTimelines_NoneLeftOver(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(filepath.Join("testdata", "timelines"))
	require.NoError(t, err)
	require.Len(t, files, len(scenarios))
}
