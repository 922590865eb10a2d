package simulation_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/dunning"
	"maan/internal/simulation"
)

// sampleStudy is the history of testdata under both shipped ladders, or one.
func sampleStudy(t *testing.T, against string) *simulation.Study {
	t.Helper()
	f, err := os.Open("testdata/history.csv")
	require.NoError(t, err)
	defer f.Close()
	h, err := simulation.ReadHistory(f)
	require.NoError(t, err)
	report := simulate(t, shipped("standard"), h.Invoices...)
	report.Assumptions = nil // the golden files need no words
	if against == "" {
		return simulation.NewStudy(report, nil)
	}
	return simulation.NewStudy(report, simulate(t, shipped(against), h.Invoices...))
}

func TestStudy_Golden(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*simulation.Study{"one": sampleStudy(t, ""), "two": sampleStudy(t, "key-accounts")} {
		for ending, write := range map[string]func(io.Writer) error{"txt": s.WriteTable, "csv": s.WriteCSV, "svg": s.WriteSVG} {
			t.Run(name+"."+ending, func(t *testing.T) {
				t.Parallel()
				var b strings.Builder
				require.NoError(t, write(&b))
				golden(t, name+"."+ending, b.String())
			})
		}
	}
}

func TestStudy_CSVIsSafeInASpreadsheet(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, sampleStudy(t, "").WriteCSV(&b))
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"invoice", "step", "planned_at", "answer", "reason", "paid_on"}, rows[0])
	require.Equal(t, []string{"A-1", "reminder", "2026-04-08T09:39:19+02:00", "done", "", "2026-04-20"}, rows[3])
	require.Equal(t, "'=E+1", rows[len(rows)-1][0])
}

func TestStudy_Comparison(t *testing.T) {
	t.Parallel()
	c := sampleStudy(t, "key-accounts").Comparison
	require.Equal(t, []string{"A-1", "A-2", "B-1"}, c.Differing, "the consumer's, the one disputed for ever and the one paid at once go the same way")
	require.Contains(t, c.Groups[0].Figures, simulation.Difference{
		Figure: "done.sales_escalation", Label: "sales escalation", Report: 2, Against: 3, Difference: 1,
	})
	require.Contains(t, c.Groups[0].Figures, simulation.Difference{
		Figure: "done.manual.follow_up", Label: "follow-up by a person (manual)", Report: 1, Against: 1,
	})
	require.Empty(t, sampleStudy(t, "standard").Comparison.Differing)
	for _, g := range sampleStudy(t, "standard").Comparison.Groups {
		for _, f := range g.Figures {
			require.Zero(t, f.Difference, f.Figure)
		}
	}
}

// A policy with steps that the other one does not know.
func TestStudy_StepsOfOneSideOnly(t *testing.T) {
	t.Parallel()
	invoice := small("F-1", "anna")
	s := simulation.NewStudy(simulate(t, shipped("standard"), invoice), simulate(t, shipped("manual"), invoice))
	figures := s.Comparison.Groups[0].Figures
	require.Equal(t, simulation.Difference{Figure: "done.follow_up", Label: "follow-up by a person", Against: 1, Difference: 1}, figures[len(figures)-1])
	var b strings.Builder
	require.NoError(t, s.WriteCSV(&b))
	require.Contains(t, b.String(), "F-1,follow_up,,,,,2026-04-08T")
	require.Contains(t, b.String(), "F-1,final_notice,2026-04-30T09:39:19+02:00,done,,,,,,yes\n")
}

func TestStudy_JSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(sampleStudy(t, "key-accounts"))
	require.NoError(t, err)
	var back simulation.Study
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, "key-accounts", back.Against.Policy)
	require.Equal(t, dunning.StepID("reminder"), back.Report.Steps[2].Step)
	for _, name := range []string{`"paid_before":{"count":`, `"on_disputed":0`, `"after_payment":0`, `"on_free_days":0`, `"per_invoice":"`, `"from":"2026-03-02"`, `"faults":[]`} {
		require.Contains(t, string(text), name)
	}
	require.NotContains(t, string(text), "anna")
}

// A picture is a well-formed document whatever a policy calls itself and its steps.
func TestStudy_PictureOfAHostilePolicy(t *testing.T) {
	t.Parallel()
	p := shipped("standard")
	p.ID, p.Steps[1].Label = `</text><script>"&'`, strings.Repeat("<é>", 40)
	var b strings.Builder
	require.NoError(t, simulation.NewStudy(simulate(t, p, small("F-1", "anna")), nil).WriteSVG(&b))
	names := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			names[start.Name.Local]++
		}
	}
	require.Zero(t, names["script"])
	require.Equal(t, []int{1, 1, 1}, []int{names["svg"], names["title"], names["desc"]})
}

func TestStudy_WriteErrors(t *testing.T) {
	t.Parallel()
	s := sampleStudy(t, "")
	for _, write := range []func(io.Writer) error{s.WriteTable, s.WriteCSV, s.WriteSVG} {
		require.ErrorContains(t, write(failing{}), "gone")
	}
}

func (failing) Write([]byte) (int, error) { return 0, errors.New("gone") }
