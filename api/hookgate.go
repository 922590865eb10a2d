package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"maan/internal/calendar"
	"maan/internal/store"
)

// hookPrefix begins the routes to which providers post.
const hookPrefix = "/webhooks/"

// hookRefusal is the context's key for why a provider's post was refused.
const hookRefusal = "maan.hook_refusal"

// tallyEvery is how long counts of posts are gathered before they are written, so that a
// flood of forged ones is not a flood of writes.
const tallyEvery = time.Second

// hookTally counts providers' posts by day and outcome and writes the counts now and then.
type hookTally struct {
	store *store.Store
	log   *slog.Logger

	mu      sync.Mutex
	counts  map[store.HookCount]int64 // by hook, day and outcome
	last    time.Time
	pending bool
}

// add counts one post; the counts are written within tallyEvery.
func (t *hookTally) add(ctx context.Context, hook, outcome string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[store.HookCount{Hook: hook, Day: calendar.DateOf(now.UTC()), Outcome: outcome}]++
	t.last = now
	if !t.pending {
		t.pending = true
		time.AfterFunc(tallyEvery, func() { t.write(context.WithoutCancel(ctx)) })
	}
}

// write adds the gathered counts to the stored ones. What cannot be written is lost: it is
// a count, and every refusal stands in the log too.
func (t *hookTally) write(ctx context.Context) {
	t.mu.Lock()
	counts, last := t.counts, t.last
	t.counts, t.pending = map[store.HookCount]int64{}, false
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	for c, n := range counts {
		c.Count, c.LastAt = n, last
		if err := t.store.AddHookCount(ctx, c); err != nil {
			t.log.LogAttrs(ctx, slog.LevelWarn, "webhook counts not written", slog.String("error", loggable(err)))
		}
	}
}

// tallyHooks counts what became of providers' posts, and logs those that were refused,
// without anything of their content.
func (s *server) tallyHooks(c *gin.Context) {
	hook, isHook := strings.CutPrefix(c.FullPath(), hookPrefix)
	if !isHook {
		return
	}
	c.Next()
	outcome := hookOutcome(c)
	s.metrics.ProviderPost(c, hook, outcome)
	now, err := s.instant(c)
	if err != nil { // the database does not answer: nothing can be counted, and the request failed
		return
	}
	s.tally.add(c.Request.Context(), hook, outcome, now) // gin reuses its own context
	if outcome != "taken" {
		s.log.LogAttrs(c, slog.LevelWarn, "webhook refused", slog.String("request_id", requestID(c)), slog.String("hook", hook),
			slog.String("reason", outcome), slog.Int64("bytes", c.Request.ContentLength))
	}
}

func hookOutcome(c *gin.Context) string {
	status := c.Writer.Status()
	switch reason := c.GetString(hookRefusal); {
	case reason != "":
		return reason
	case status < http.StatusBadRequest:
		return "taken"
	case status == http.StatusRequestEntityTooLarge:
		return "too_large"
	case status >= http.StatusInternalServerError:
		return "failed"
	default:
		return "unreadable"
	}
}

// refuseHook answers a provider's post that is not taken; reason is counted and logged.
func (s *server) refuseHook(c *gin.Context, reason string, k kind, detail string) {
	c.Set(hookRefusal, reason)
	s.fail(c, refused(k, detail))
}

// ListHookCounts tells how many of the providers' posts were taken and refused.
func (s *server) ListHookCounts(ctx context.Context, _ ListHookCountsRequestObject) (ListHookCountsResponseObject, error) {
	const days = 31
	rows, err := s.store.HookCounts(ctx, callerOf(ctx).today().AddDays(1-days))
	return ListHookCounts200JSONResponse{Items: each(rows, func(r store.HookCount) HookCount {
		return HookCount{Hook: r.Hook, Day: r.Day, Outcome: r.Outcome, Count: r.Count, LastAt: r.LastAt}
	})}, err
}
