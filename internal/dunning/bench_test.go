package dunning_test

import (
	"testing"

	"maan/internal/dunning"
)

// A whole ladder, planned on the day of the invoice: what the preview, each fact and each
// outcome cost.
func BenchmarkPlan(b *testing.B) {
	p := shipped(dunning.PolicyStandard)
	facts := dunning.Facts{
		AsOf: instant(netherlands, "2026-03-02 10:15"), Issued: date("2026-03-02"), Due: date("2026-04-01"),
		Delivered: date("2026-03-02"), Spread: key,
	}
	b.ReportAllocs()
	for b.Loop() {
		if plan := dunning.Plan(p, facts, netherlands, nil); len(plan) != len(p.Steps) {
			b.Fatalf("%d steps planned", len(plan))
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	s, _ := shipped(dunning.PolicyStandard).Step("reminder")
	situation := onTheDay(s)
	b.ReportAllocs()
	for b.Loop() {
		if v := dunning.Decide(situation); v.Answer != dunning.AnswerGo {
			b.Fatalf("answer %s", v.Answer)
		}
	}
}
