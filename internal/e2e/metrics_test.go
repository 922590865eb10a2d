package e2e_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"maan/internal/devstack/world"
)

// What the dashboard and the alert rules name is compared with what the real processes serve after a story
// in which everything has happened that happens when all goes well.
func TestMetrics(t *testing.T) {
	t.Parallel()
	h := measuredHouse(t)
	found := h.scrape()
	shown := slices.Concat(dashboard(t), alerts(t))
	t.Run("EveryNameOfTheDashboardAndTheAlertsIsServed", func(t *testing.T) {
		t.Parallel()
		require.Greater(t, len(shown), 60)
		for _, s := range shown {
			require.Empty(t, found.faults(s), "%s: %s", s.title, s.expr)
		}
	})
	t.Run("AMisspeltNameIsFound", func(t *testing.T) {
		t.Parallel()
		for _, wrong := range []shownExpr{
			{expr: `sum(maan_message_sent_total)`},
			{expr: `sum(rate(maan_messages_sent[5m]))`},
			{expr: `sum by (knd) (rate(maan_messages_sent_total[5m]))`},
			{expr: `maan_messages_sent_total{chanel="email"}`},
			{expr: `maan_messages_sent_total{channel="mail"}`},
			{expr: `maan_messages_sent_total{channel=~"email|text"}`},
			{expr: `max(maan_alarm_open)`, labels: []string{"cond"}},
			{expr: `temporal_request_failure_total{code="x"}`},
			{expr: `summ(maan_alarm_open)`},
			{expr: `max(maan_alarm_open`},
		} {
			require.NotEmpty(t, found.faults(wrong), wrong.expr)
		}
	})
	t.Run("EveryMetricIsDescribedAndNoOther", func(t *testing.T) {
		t.Parallel()
		docs := operations(t)
		for name := range found {
			base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
			if regexp.MustCompile(`^(maan|http_server|db_client)_`).MatchString(name) {
				require.True(t, strings.Contains(docs, "`"+name+"`") || strings.Contains(docs, "`"+base+"`"), "%s is served and not described", name)
			}
		}
		for _, name := range regexp.MustCompile("`((?:maan|http_server)_[a-z_]+)`").FindAllStringSubmatch(docs, -1) {
			require.True(t, found.has(name[1]) || found.has(name[1]+"_count"), "%s is described and not served", name[1])
		}
		for _, s := range alerts(t) {
			require.Contains(t, docs, "\n#### "+s.title+"\n", "an alert without a word on what to do")
		}
	})
	t.Run("NothingNamesAnybody", func(t *testing.T) {
		t.Parallel()
		text := found.text()
		for _, secret := range []string{h.slug, "Jansen", "Klant", "customer.example", "leverancier", "Sanne", "+316", "2026-0", "RF18", "Incasso", "agency.example"} {
			require.NotContains(t, text, secret)
		}
		require.NotRegexp(t, `[0-9a-f]{8}-[0-9a-f]{4}-`, text, "no ids")
		require.NotContains(t, text, "@")
	})
	t.Run("CountsWhatHappened", func(t *testing.T) {
		t.Parallel()
		require.Positive(t, found.sum("maan_messages_sent_total", "kind", "reminder"))
		require.InDelta(t, found.sum("maan_messages_claimed_total"), found.sum("maan_messages_sent_total")+found.sum("maan_messages_unsent_total"), 0)
		require.Positive(t, found.sum("maan_webhook_deliveries_total", "outcome", "taken"))
		require.Positive(t, found.sum("maan_events_published_total"))
		require.Positive(t, found.sum("maan_outbox_messages_total", "outcome", "delivered"))
		require.InDelta(t, 5, found.sum("maan_loop_held"), 0)
	})
}

// measuredHouse has a story behind it in which everything that is measured has moved.
func measuredHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, testWorld(t, func(o *world.Options) { o.Measured = true }))
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(other.Close)
	h.post("/v1/webhooks", object{"creditor": h.slug, "url": other.URL}, nil)
	paid := h.invoice(h.customer())
	h.invoice(h.customer())
	h.run(45)
	h.pay(paid, "1210.00")
	h.run(40)
	require.Eventually(t, func() bool { return h.scrape().sum("maan_webhook_deliveries_total", "outcome", "taken") > 0 }, time.Minute, 100*time.Millisecond)
	return h
}

// series are the values of metrics, by name.
type series map[string][]sample

type sample struct {
	labels map[string]string
	value  float64
}

var (
	sampleForm = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$`)
	labelForm  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

// scrape reads what all processes serve, as Prometheus does.
func (h *house) scrape() series {
	h.t.Helper()
	all := series{}
	require.Len(h.t, h.Metrics(), 2, "the API and a worker")
	for _, url := range h.Metrics() {
		res, err := http.Get(url)
		require.NoError(h.t, err)
		text, err := io.ReadAll(res.Body)
		require.NoError(h.t, err)
		require.NoError(h.t, res.Body.Close())
		require.Equal(h.t, http.StatusOK, res.StatusCode)
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "#") {
				continue
			}
			m := sampleForm.FindStringSubmatch(line)
			require.NotNil(h.t, m, line)
			s := sample{labels: map[string]string{"job": "", "instance": ""}} // Prometheus adds these
			_, err := fmt.Sscan(m[3], &s.value)
			require.NoError(h.t, err, line)
			for _, l := range labelForm.FindAllStringSubmatch(m[2], -1) {
				s.labels[l[1]] = l[2]
			}
			all[m[1]] = append(all[m[1]], s)
		}
	}
	return all
}

func (s series) has(name string) bool { return len(s[name]) > 0 }

// sum adds up what has the given label, or all.
func (s series) sum(name string, label ...string) (total float64) {
	for _, one := range s[name] {
		if len(label) == 0 || one.labels[label[0]] == label[1] {
			total += one.value
		}
	}
	return total
}

func (s series) text() string {
	var text strings.Builder
	for name, samples := range s {
		for _, one := range samples {
			fmt.Fprintln(&text, name, one.labels)
		}
	}
	return text.String()
}

// labelled reports whether a metric has a label, and with a value unless that is empty.
func (s series) labelled(name, label, value string) bool {
	return slices.ContainsFunc(s[name], func(one sample) bool {
		v, ok := one.labels[label]
		return ok && (value == "" || v == value)
	})
}

// whenItFails are metrics that Temporal's SDK does not serve before something fails, with the
// labels that it gives them.
var whenItFails = map[string][]string{
	"temporal_workflow_task_execution_failed_total": {"workflow_type", "failure_reason", "task_queue", "namespace"},
	"temporal_activity_execution_failed_total":      {"activity_type", "workflow_type", "failure_reason", "task_queue", "namespace"},
	"temporal_request_failure_total":                {"operation", "status_code", "namespace"},
}

// withFailures adds those that did not happen.
func (s series) withFailures() series {
	all := maps.Clone(s)
	for name, labels := range whenItFails {
		one := sample{labels: map[string]string{"job": "", "instance": "", "failure_reason": "NonDeterminismError"}}
		for _, l := range labels {
			one.labels[l] = cmp.Or(one.labels[l], "x")
		}
		if !s.has(name) {
			all[name] = []sample{one}
		}
	}
	return all
}

// faults are what an expression names and nobody serves.
func (s series) faults(shown shownExpr) []string {
	s = s.withFailures()
	q, err := scanQuery(shown.expr)
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	for _, sel := range q.selectors {
		if !s.has(sel.name) {
			faults = append(faults, "no metric "+sel.name)
			continue
		}
		for _, m := range sel.matchers {
			for _, value := range m.values() {
				if !s.labelled(sel.name, m.label, value) {
					faults = append(faults, fmt.Sprintf("%s has no %s=%q", sel.name, m.label, value))
				}
			}
		}
	}
	for _, label := range slices.Concat(q.labels, shown.labels) {
		if !slices.ContainsFunc(q.selectors, func(sel selector) bool { return s.labelled(sel.name, label, "") }) {
			faults = append(faults, "no metric of it has the label "+label)
		}
	}
	return faults
}

// shownExpr is an expression of the dashboard or of an alert, with the labels that its text names.
type shownExpr struct {
	title, expr string
	labels      []string
}

var (
	legendLabel     = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
	annotationLabel = regexp.MustCompile(`\$labels\.(\w+)`)
)

func named(form *regexp.Regexp, text string) (labels []string) {
	for _, m := range form.FindAllStringSubmatch(text, -1) {
		labels = append(labels, m[1])
	}
	return labels
}

func deployed(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", path))
	require.NoError(t, err)
	return text
}

func operations(t *testing.T) string {
	t.Helper()
	return string(deployed(t, "docs/operations.md"))
}

func dashboard(t *testing.T) (all []shownExpr) {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	require.NoError(t, json.Unmarshal(deployed(t, "deploy/grafana/maan.json"), &board))
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all = append(all, shownExpr{p.Title, target.Expr, named(legendLabel, target.LegendFormat)})
		}
	}
	return all
}

func alerts(t *testing.T) (all []shownExpr) {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(deployed(t, "deploy/prometheus/alerts.yml"), &file))
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			require.NotEmpty(t, r.Annotations["summary"], r.Alert)
			require.Equal(t, "docs/operations.md#"+strings.ToLower(r.Alert), r.Annotations["runbook"])
			all = append(all, shownExpr{r.Alert, r.Expr, named(annotationLabel, r.Annotations["summary"])})
		}
	}
	return all
}
