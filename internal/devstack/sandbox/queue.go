package sandbox

import (
	"context"
	"net/url"
	"sync"
	"time"
)

// maxBatch is the number of events in one post of mail events, and gather what lies between the
// beginnings of two: the provider itself gathers for much longer, some 30 s.
const (
	maxBatch = 100
	gather   = 100 * time.Millisecond
)

// mailJob is all reports on one mail: they stay together and in order.
type mailJob struct {
	id     string
	status Status
	events []map[string]any
}

// textJob is all reports on one SMS, posted one after the other.
type textJob struct {
	id       string
	status   Status
	callback string
	forms    []url.Values
}

// queue holds the reports that the product has not taken yet. Mail and SMS have
// goroutines of their own, so that one cannot hold up the other.
type queue struct {
	sandbox *Sandbox
	poster  *poster
	wake    *sync.Cond
	workers sync.WaitGroup
	cancel  context.CancelFunc

	// Guarded by wake.L.
	mails   []mailJob
	mailed  time.Time // when the last post of mail events began
	texts   []textJob
	pending int // reports queued or being posted
	failed  int
	closed  bool
}

func newQueue(s *Sandbox) *queue {
	q := &queue{sandbox: s, poster: newPoster(s), wake: sync.NewCond(&sync.Mutex{})}
	// The goroutines live as long as the sandbox, not as long as a request.
	ctx, cancel := context.WithCancel(context.Background())
	q.cancel = cancel
	for range defaultWorkers {
		q.workers.Go(func() { q.postMails(ctx) })
		q.workers.Go(func() { q.postTexts(ctx) })
	}
	return q
}

func (q *queue) addMail(job mailJob) {
	q.wake.L.Lock()
	defer q.wake.L.Unlock()
	if q.take(len(job.events)) {
		q.mails = append(q.mails, job)
	}
}

func (q *queue) addText(job textJob) {
	q.wake.L.Lock()
	defer q.wake.L.Unlock()
	if q.take(len(job.forms)) {
		q.texts = append(q.texts, job)
	}
}

// take reports whether n more reports fit. It needs the lock.
func (q *queue) take(n int) bool {
	if q.closed || q.pending+n > q.sandbox.cfg.MaxQueued {
		q.failed += n
		return false
	}
	q.pending += n
	q.wake.Broadcast()
	return true
}

// queued returns the number of reports waiting or being posted.
func (q *queue) queued() int {
	q.wake.L.Lock()
	defer q.wake.L.Unlock()
	return q.pending
}

func (q *queue) failures() int {
	q.wake.L.Lock()
	defer q.wake.L.Unlock()
	return q.failed
}

// reset forgets what waits; what is being posted goes on.
func (q *queue) reset() {
	q.wake.L.Lock()
	defer q.wake.L.Unlock()
	for _, job := range q.mails {
		q.pending -= len(job.events)
	}
	for _, job := range q.texts {
		q.pending -= len(job.forms)
	}
	q.mails, q.texts, q.failed = nil, nil, 0
}

func (q *queue) close() {
	q.cancel()
	q.wake.L.Lock()
	q.closed = true
	q.wake.Broadcast()
	q.wake.L.Unlock()
	q.workers.Wait()
}

func (q *queue) postMails(ctx context.Context) {
	for {
		batch := q.nextMails(ctx)
		if batch == nil {
			return
		}
		events := []map[string]any{}
		for _, job := range batch {
			events = append(events, arranged(q.sandbox.hooks.get(), job.events)...)
		}
		taken := q.poster.mailEvents(ctx, events)
		for _, job := range batch {
			q.settle(job.id, job.status, len(job.events), taken)
		}
	}
}

// nextMails waits for mail jobs and for the time of the next post. It returns up to maxBatch events'
// worth, or nil when the queue is closed.
func (q *queue) nextMails(ctx context.Context) []mailJob {
	q.wake.L.Lock()
	defer q.wake.L.Unlock()
	for !q.closed {
		if len(q.mails) == 0 {
			q.wake.Wait()
			continue
		}
		pause := time.Until(q.mailed.Add(gather))
		if pause <= 0 {
			return q.cutMails()
		}
		q.wake.L.Unlock()
		sleep(ctx, pause)
		q.wake.L.Lock()
	}
	return nil
}

// cutMails takes one post's worth from the queue. It needs the lock.
func (q *queue) cutMails() []mailJob {
	q.mailed = time.Now()
	size, events := 1, len(q.mails[0].events)
	for size < len(q.mails) && events+len(q.mails[size].events) <= maxBatch {
		events += len(q.mails[size].events)
		size++
	}
	batch := q.mails[:size:size]
	q.mails = q.mails[size:]
	return batch
}

func (q *queue) postTexts(ctx context.Context) {
	for {
		job, ok := q.nextText()
		if !ok {
			return
		}
		taken := true
		for _, form := range arranged(q.sandbox.hooks.get(), job.forms) {
			taken = taken && q.poster.textStatus(ctx, job.callback, form)
		}
		q.settle(job.id, job.status, len(job.forms), taken)
	}
}

func (q *queue) nextText() (textJob, bool) {
	q.wake.L.Lock()
	defer q.wake.L.Unlock()
	for len(q.texts) == 0 && !q.closed {
		q.wake.Wait()
	}
	if q.closed {
		return textJob{}, false
	}
	job := q.texts[0]
	q.texts = q.texts[1:]
	return job, true
}

func (q *queue) settle(id string, status Status, reports int, taken bool) {
	if !taken {
		status = ReportFailed
	}
	q.sandbox.store.setStatus(id, status)
	q.wake.L.Lock()
	defer q.wake.L.Unlock()
	q.pending -= reports
	if !taken {
		q.failed += reports
	}
}
