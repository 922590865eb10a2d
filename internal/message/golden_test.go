package message_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
	"maan/internal/message"
)

var update = flag.Bool("update", false, "write the golden files anew")

// mailCase is a mail whose wording is kept in a golden file.
type mailCase struct {
	name     string
	template message.Template
	data     message.Data
}

func mailCases() []mailCase {
	with := func(change func(*message.Data)) message.Data {
		d := sample()
		change(&d)
		return d
	}
	return []mailCase{
		{"invoice", message.Invoice, notYetDue()},
		{"invoice_copy", message.InvoiceCopy, sample()},
		{"reminder", message.Reminder, sample()},
		{"reminder_reopened", message.Reminder, with(func(d *message.Data) { d.Reopened = true })},
		{"stricter_reminder", message.StricterReminder, sample()},
		{"stricter_reminder_first_contact", message.StricterReminder, with(func(d *message.Data) {
			d.PreviousReminder = calendar.Date{}
			d.Recipient = message.Recipient{}
			d.Invoice.Open = euro(60500)
		})},
		{"stricter_reminder_reopened_may_add", message.StricterReminder, with(func(d *message.Data) {
			d.Reopened, d.MayAdd, d.Claim = true, true, claimable()
		})},
		{"stricter_reminder_claim", message.StricterReminder, claiming("NL")},
		{"stricter_reminder_claim_be", message.StricterReminder, claiming("BE")},
		{"final_notice_claim", message.FinalNotice, claiming("NL")},
		{"final_notice", message.FinalNotice, with(func(d *message.Data) { d.Invoice.DaysOverdue = 28 })},
		{"sales_escalation", message.SalesEscalation, with(func(d *message.Data) { d.Invoice.DaysOverdue = 21 })},
		{"agency_handoff", message.AgencyHandOff, sample()},
		{"agency_recall", message.AgencyRecall, with(func(d *message.Data) { d.Invoice.Open = euro(0) })},
	}
}

func TestRenderMail_Golden(t *testing.T) {
	t.Parallel()
	for _, language := range message.Languages() {
		for _, c := range mailCases() {
			t.Run(language+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				m, err := message.RenderMail(c.template, language, c.data)
				require.NoError(t, err)
				golden(t, filepath.Join(language, c.name+".html"), m.HTML)
				golden(t, filepath.Join(language, c.name+".txt"), "Subject: "+m.Subject+"\n\n"+m.Text)
			})
		}
	}
}

func TestRenderBundle_Golden(t *testing.T) {
	t.Parallel()
	for _, language := range message.Languages() {
		for name, parts := range map[string][]message.Part{
			"bundle_three_stages": threeStages(), "bundle_claims": claims(), "bundle_reminders": reminders(), "bundle_final": threeStages()[:2],
		} {
			t.Run(language+"/"+name, func(t *testing.T) {
				t.Parallel()
				var qr []byte
				if name == "bundle_reminders" {
					qr = sample().QRPNG
				}
				m, err := message.RenderBundle(language, qr, parts)
				require.NoError(t, err)
				golden(t, filepath.Join(language, name+".html"), m.HTML)
				golden(t, filepath.Join(language, name+".txt"), "Subject: "+m.Subject+"\n\n"+m.Text)
				s, err := message.RenderBundleSMS(language, parts)
				require.NoError(t, err)
				golden(t, filepath.Join(language, name+".sms.txt"), fmt.Sprintf("segments %d\n%s\n", s.Segments, s.Text))
			})
		}
	}
}

func TestRenderSMS_Golden(t *testing.T) {
	t.Parallel()
	reopened := sample()
	reopened.Reopened = true
	for _, language := range message.Languages() {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			var all strings.Builder
			for _, template := range []message.Template{message.Reminder, message.StricterReminder} {
				for _, d := range []message.Data{sample(), reopened} {
					s, err := message.RenderSMS(template, language, d)
					require.NoError(t, err)
					fmt.Fprintf(&all, "%s, reopened %t, segments %d\n%s\n\n", template, d.Reopened, s.Segments, s.Text)
				}
			}
			golden(t, filepath.Join(language, "sms.txt"), all.String())
		})
	}
}

func TestCallScript_Golden(t *testing.T) {
	t.Parallel()
	for _, language := range message.Languages() {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			reopened := sample()
			reopened.Reopened = true
			reopened.Recipient = message.Recipient{}
			golden(t, filepath.Join(language, "call_courtesy.txt"), spoken(t, message.CallCourtesy, language, notYetDue()))
			golden(t, filepath.Join(language, "call_overdue.txt"), spoken(t, message.CallOverdue, language, sample()))
			golden(t, filepath.Join(language, "call_overdue_reopened.txt"), spoken(t, message.CallOverdue, language, reopened))
		})
	}
}

func spoken(t *testing.T, kind message.CallKind, language string, d message.Data) string {
	t.Helper()
	s, err := message.CallScript(kind, language, d, "Lotte Visser")
	require.NoError(t, err)
	var b strings.Builder
	fmt.Fprintf(&b, "opener: %s\npurpose: %s\n", s.Opener, s.Purpose)
	for _, q := range s.Questions {
		fmt.Fprintf(&b, "question: %s\n", q)
	}
	fmt.Fprintf(&b, "reached: %s\nvoicemail: %s\nproblem: %s\n", s.IfReached, s.IfVoicemail, s.IfProblem)
	for _, o := range s.Outcomes {
		fmt.Fprintf(&b, "outcome %s: %s\n", o.Code, o.Label)
	}
	return b.String()
}

// golden compares with the file in testdata/golden; go test -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "no golden file: run go test -update and read what it wrote")
	require.Equal(t, string(want), got, "the wording changed: raise Version, run go test -update and read the difference")
}
