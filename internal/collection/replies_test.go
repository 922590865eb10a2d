package collection_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

// takesReplies gives a world a domain for answers.
func takesReplies(w *world) {
	w.Service = collection.New(w.store, collection.Settings{ReplyDomain: "replies.example"})
}

// answered is a mail that answers a message.
func answered(key, to string) collection.IncomingReply {
	return collection.IncomingReply{
		Provider: "sendgrid", EventKey: key, Channel: dunning.ChannelEmail, To: []string{to}, Sender: "Petra <petra@buyer.example>",
		Subject: "Re: factuur", Text: "Wij hebben vrijdag betaald.",
		Files: []store.ReplyFile{{N: 1, Name: "proof.pdf", ContentType: "application/pdf", Size: 4, Content: []byte("%PDF")}},
	}
}

func (w *world) takes(r collection.IncomingReply) string {
	w.t.Helper()
	fate, err := w.TakeReply(w.t.Context(), w.now, r)
	require.NoError(w.t, err)
	return fate
}

func TestReply_BecomesATaskAndPausesTheCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c, other := w.begin(), w.start(w.invoice("2026-002"))
	c.record(c.until(friendly), accepted(c.claim(c.act())))
	out := w.column(`select reply_token from message where reply_token <> '' order by id`)
	require.NotEmpty(t, out)
	to := "Reply+" + strings.ToUpper(read[string](w, `select reply_token from message m join message_item i on i.message_id = m.id where i.step = 'reminder' and i.channel = 'email'`)) + "@Replies.Example"
	require.Equal(t, collection.ReplyPaused, w.takes(answered("k1", to)), "mail systems may change the letters' case")
	require.Equal(t, collection.ReplyPaused, read[string](w, `select fate from reply`))
	for _, x := range []*testCase{c, other} {
		require.Contains(t, x.told(), collection.MessageHoldPlaced)
	}
	require.Equal(t, 1, c.events("reply_received"))
	require.Zero(t, other.events("reply_received"), "the answer was about the other invoice")
	task := w.task(collection.TaskReadReply)
	require.Equal(t, []string{c.id.String()}, w.column(`select invoice_id::text from task_item where task_id = $1`, task))
	require.Equal(t, "2026-07-09", read[string](w, `select until_day::text from hold where reason = 'reply' and invoice_id is null`), "three business days after Monday the sixth")
	require.Equal(t, "2026-07-06", day(w.now))
	require.Equal(t, "Wij hebben vrijdag betaald.", read[string](w, `select text from reply_body`))
	require.Equal(t, 1, read[int](w, `select count(*) from reply_file where content is not null`))
	require.Zero(t, read[int](w, `select count(*) from case_event where data::text like '%vrijdag%' or data::text like '%buyer.example%'`))

	told := len(c.told())
	w.takes(answered("k1", to))
	require.Len(t, w.openTasks(collection.TaskReadReply), 1, "the same mail posted again")
	require.Len(t, c.told(), told)

	w.wait(13 * 24 * time.Hour)
	require.Equal(t, collection.ReplyAsked, w.takes(answered("k2", to)), "a second one within 14 days pauses nothing")
	require.Len(t, w.openTasks(collection.TaskReadReply), 2)
	w.wait(2 * 24 * time.Hour)
	require.Equal(t, collection.ReplyPaused, w.takes(answered("k3", to)))
	w.closeTask(w.openTasks(collection.TaskReadReply)[0], collection.TaskOutcome{Code: "done", Note: "will pay"})
	w.intact()
}

func TestReply_NothingIsClaimedWhileItPauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c := w.begin()
	act := c.until(formal)
	to := "reply+" + read[string](w, `select reply_token from message m join message_item i on i.message_id = m.id where i.step = 'reminder' and i.channel = 'email'`) + "@replies.example"
	require.Equal(t, collection.ReplyPaused, w.takes(answered("k1", to)))
	r := c.answer(act)
	require.Equal(t, "wait(held)", outcome(r))
	require.True(t, c.current().At.After(w.now.Add(3*24*time.Hour)))
	require.Equal(t, "done", outcome(c.next()))
}

func TestAutomaticReply_IsFiledAndPausesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c := w.begin()
	c.next()
	in := answered("k1", "reply+"+read[string](w, `select reply_token from message where reply_token <> ''`)+"@replies.example")
	in.Automatic = "auto_submitted"
	told := len(c.told())
	require.Equal(t, collection.ReplyFiled, w.takes(in))
	require.Empty(t, w.openTasks(collection.TaskReadReply))
	require.Len(t, c.told(), told)
	require.Equal(t, 1, c.events("reply_received"))
	in.EventKey, in.Automatic = "k2", ""
	require.Equal(t, collection.ReplyPaused, w.takes(in), "an automatic one does not use up the pause")
	w.intact()
}

func TestReplyToAClosedCase_IsATaskOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c, open := w.begin(), w.start(w.invoice("2026-002"))
	c.next()
	to := "reply+" + read[string](w, `select reply_token from message where reply_token <> ''`) + "@replies.example"
	c.pay("p-1", 121000)
	told := len(open.told())
	require.Equal(t, collection.ReplyAsked, w.takes(answered("k1", to)))
	w.task(collection.TaskReadReply)
	require.Zero(t, read[int](w, `select count(*) from hold`))
	require.Len(t, open.told(), told)
	w.intact()
}

func TestReplyOfNobody_IsKeptAndGuessedToNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c := w.begin()
	c.next()
	token := read[string](w, `select reply_token from message where reply_token <> ''`)
	for i, to := range []string{
		"reply+" + token + "x@replies.example", "reply+@replies.example", "reply@replies.example", "reply+" + token + "@other.example", token + "@replies.example", "",
	} {
		in := answered(string(rune('a'+i)), to)
		in.Sender = "petra@buyer.example" // a known address proves nothing
		require.Equal(t, collection.ReplyUnknown, w.takes(in), to)
	}
	require.Equal(t, 6, read[int](w, `select count(*) from reply r join reply_body b on b.reply_id = r.id where customer_id is null`))
	require.Zero(t, read[int](w, `select count(*) from reply_file where content is not null`))
	require.Zero(t, c.events("reply_received"))
	require.Empty(t, w.openTasks(collection.TaskReadReply))
}

func texted(sid, from, text string) collection.IncomingReply {
	return collection.IncomingReply{Provider: "twilio", EventKey: sid, Channel: dunning.ChannelSMS, Number: from, Sender: from, Text: text}
}

func TestTextedReply_IsTheNewestMessagesOfTheOneCustomerWithTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	require.Equal(t, collection.ReplyUnknown, w.takes(texted("SM0", "+31612345678", "wie is dit?")), "nothing was sent there yet")
	c.until(formal)
	require.Equal(t, collection.ReplyPaused, w.takes(texted("SM1", "+31612345678", "vrijdag betaald")))
	require.Equal(t, "sms", read[string](w, `select reason from task where id = $1`, w.task(collection.TaskReadReply)))
	require.Equal(t, collection.ReplyUnknown, w.takes(texted("SM2", "+31600000000", "hallo")))

	second, _ := w.newCustomer("C-2") // shares the telephone
	d := w.start(w.invoice("2026-002", func(n *collection.NewInvoice) {
		n.CustomerID = second
		n.IssueDate, n.DueDate = date("2026-06-15"), date("2026-07-03")
	}))
	d.until(formal)
	require.Equal(t, collection.ReplyUnknown, w.takes(texted("SM3", "+31612345678", "betaald")), "two customers: nobody knows which")
	require.Len(t, w.openTasks(collection.TaskReadReply), 1)
	w.intact()
}

func TestStop_SilencesTheNumberEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second, _ := w.newCustomer("C-2") // the same telephone
	c := w.begin()
	c.until(formal)
	in := texted("SM1", "+31612345678", "STOP")
	in.Stop = true
	for range 2 {
		require.Equal(t, collection.ReplyFiled, w.takes(in))
	}
	require.Equal(t, 2, read[int](w, `select count(*) from channel_silence where channel = 'sms' and reason = 'stop' and lifted_at is null`))
	require.Equal(t, 1, read[int](w, `select count(*) from channel_silence where customer_id = $1`, second))
	require.Equal(t, 1, c.events("channel_silenced"))
	require.Equal(t, "stop", read[string](w, `select automatic from reply`))
	require.Empty(t, w.openTasks(collection.TaskReadReply))
	require.Zero(t, read[int](w, `select count(*) from hold`))
	w.intact()
}

func TestReplyTo_IsTheCreditorsWithoutADomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.begin()
	require.Equal(t, "credit@acme.example", c.claim(c.due())[0].ReplyTo)
	takesReplies(w)
	d := w.start(w.invoice("2026-002"))
	out := d.claim(d.due())
	token := read[string](w, `select reply_token from message where id = $1`, out[0].MessageID)
	require.Equal(t, "reply+"+token+"@replies.example", out[0].ReplyTo)
	require.Len(t, token, 26, "130 random bits")
	require.NotContains(t, out[0].HTML+out[0].Text, token)
}

// ofNobody takes an answer that belongs to no message.
func (w *world) ofNobody(key string, change ...func(*collection.IncomingReply)) uuid.UUID {
	w.t.Helper()
	in := answered(key, "billing@replies.example")
	for _, c := range change {
		c(&in)
	}
	require.Equal(w.t, collection.ReplyUnknown, w.takes(in))
	return read[uuid.UUID](w, `select id from reply where event_key = $1`, key)
}

func (w *world) assigned(reply uuid.UUID, c *testCase) store.Reply {
	w.t.Helper()
	r, err := w.AssignReply(w.t.Context(), store.Everything, w.now, anna, reply, c.id)
	require.NoError(w.t, err)
	return r
}

func TestAssignedReply_IsLikeAnyOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c, other := w.begin(), w.start(w.invoice("2026-002"))
	act := c.until(formal)
	reply := w.ofNobody("k1")
	r := w.assigned(reply, c)
	require.Equal(t, collection.ReplyPaused, r.Fate)
	require.Equal(t, c.id, *r.InvoiceID)
	require.Equal(t, "person-a", r.AssignedBy)
	task := w.task(collection.TaskReadReply)
	require.Equal(t, task, *r.TaskID)
	require.Equal(t, []string{c.id.String()}, w.column(`select invoice_id::text from task_item where task_id = $1`, task))
	require.Equal(t, 1, c.events("reply_received"))
	require.Equal(t, "person-a", read[string](w, `select actor from case_event where invoice_id = $1 and kind = 'reply_received'`, c.id))
	for _, x := range []*testCase{c, other} {
		require.Contains(t, x.told(), collection.MessageHoldPlaced)
	}
	require.Equal(t, "wait(held)", outcome(c.answer(act)))
	found, err := w.store.FindReplies(t.Context(), store.Scope{Creditors: []string{creditorID}}, store.ReplyFilter{Invoice: c.id}, store.Page{Limit: 9})
	require.NoError(t, err)
	require.Len(t, found, 1, "the creditor's own keys see it now")

	_, err = w.AssignReply(t.Context(), store.Everything, w.now, anna, reply, other.id)
	refused(t, err, collection.Conflict, "known")
	require.Equal(t, collection.ReplyAsked, w.assigned(w.ofNobody("k2"), other).Fate, "a second one within 14 days pauses nothing")
	w.wait(15 * 24 * time.Hour)
	require.Equal(t, collection.ReplyPaused, w.assigned(w.ofNobody("k3"), other).Fate)
	w.closeTask(task, collection.TaskOutcome{Code: "done"})
	w.intact()
}

func TestAssignedReply_OfARobotOrAboutAClosedCasePausesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c := w.begin()
	robot := w.ofNobody("k1", func(in *collection.IncomingReply) { in.Automatic = "auto_submitted" })
	require.Equal(t, collection.ReplyFiled, w.assigned(robot, c).Fate)
	require.Empty(t, w.openTasks(collection.TaskReadReply))
	c.pay("p-1", 121000)
	require.Equal(t, collection.ReplyAsked, w.assigned(w.ofNobody("k2"), c).Fate)
	require.Zero(t, read[int](w, `select count(*) from hold`))
	require.Equal(t, 2, c.events("reply_received"))
	w.intact()
}

func TestAssignReply_KeepsToTheScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c := w.begin()
	reply := w.ofNobody("k1")
	for _, scope := range []store.Scope{{}, {Creditors: []string{creditorID}}, {Creditors: []string{"other"}}} {
		_, err := w.AssignReply(t.Context(), scope, w.now, anna, reply, c.id)
		require.ErrorIs(t, err, store.ErrNotFound, "only who sees every creditor's answers may say whose one is")
	}
	_, err := w.AssignReply(t.Context(), store.Everything, w.now, anna, uuid.New(), c.id)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.AssignReply(t.Context(), store.Everything, w.now, anna, reply, uuid.New())
	require.ErrorIs(t, err, store.ErrNotFound)
	require.Equal(t, collection.ReplyUnknown, read[string](w, `select fate from reply`))
}

func TestForgetReplies_DeletesWhatNobodyAssignedInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	takesReplies(w)
	c := w.begin()
	w.ofNobody("k1")
	w.assigned(w.ofNobody("k2"), c)
	w.wait(24 * time.Hour)
	w.ofNobody("k3")
	forget := func() int {
		n, err := w.ForgetReplies(t.Context(), w.now)
		require.NoError(t, err)
		return n
	}
	w.wait(89*24*time.Hour - time.Minute)
	require.Zero(t, forget(), "younger than 90 days")
	w.wait(2 * time.Minute)
	require.Equal(t, 1, forget())
	require.Equal(t, []string{"k2", "k3"}, w.column(`select event_key from reply order by event_key`))
	require.Equal(t, 2, read[int](w, `select count(*) from reply_body`))
	require.Equal(t, 2, read[int](w, `select count(distinct reply_id) from reply_file`))
	require.Zero(t, forget())
	require.Equal(t, collection.ReplyUnknown, w.takes(answered("k1", "")), "posted again it is new")
}
