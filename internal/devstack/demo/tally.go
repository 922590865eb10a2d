package demo

import (
	"cmp"
	"context"
	"net/http"
	"slices"
)

// tally counts what happened by kind and manner.
type tally map[Count]int

func (t tally) add(what, how string) { t[Count{What: what, How: how}]++ }

// stageOrder is the order of the stages in a summary; other words follow by name.
var stageOrder = []string{"invoice", "courtesy_call", "reminder", "stricter_reminder", "sales_escalation", "agency"}

func (t tally) counts() []Count {
	counts := make([]Count, 0, len(t))
	for c, n := range t {
		c.N = n
		counts = append(counts, c)
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(rank(a.What), rank(b.What)), cmp.Compare(a.What, b.What), cmp.Compare(a.How, b.How))
	})
	return counts
}

func rank(what string) int {
	if i := slices.Index(stageOrder, what); i >= 0 {
		return i
	}
	return len(stageOrder)
}

// tasks counts the tasks of all people by kind and what became of them.
func (p *Play) tasks(ctx context.Context) ([]Count, error) {
	t := tally{}
	for _, status := range []string{"open", "claimed", "done", "lapsed"} {
		cursor := ""
		for {
			var page struct {
				Items []struct {
					Kind    string `json:"kind"`
					Outcome string `json:"outcome"`
				} `json:"items"`
				NextCursor string `json:"next_cursor"`
			}
			path := "/v1/tasks?limit=200&creditor=" + creditorID + "&status=" + status
			if cursor != "" {
				path += "&cursor=" + cursor
			}
			if err := p.people[finance].Must(ctx, http.MethodGet, path, nil, &page); err != nil {
				return nil, err
			}
			for _, task := range page.Items {
				t.add(task.Kind, fate(status, task.Outcome))
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
	}
	return t.counts(), nil
}

// fate is what became of a task. One that lapses because its case moved on was not
// needed any more.
func fate(status, outcome string) string {
	if status == "lapsed" && outcome != "not_called" {
		return "no longer needed"
	}
	return cmp.Or(outcome, status)
}
