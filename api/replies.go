package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/email"
	"maan/internal/sms"
	"maan/internal/store"
)

const formMedia = "multipart/form-data"

// largeAtOnce is how many large posts are read at a time: they are held in memory until
// their signature is checked.
const largeAtOnce = 4

// largePosts keeps those from reading much who cannot have anything to post: without a
// fresh signature nothing of the body is read, and only a few bodies at a time.
func (s *server) largePosts(c *gin.Context) {
	op := operationOf(c)
	if op == nil || op.media != formMedia {
		return
	}
	now, err := s.instant(c)
	switch {
	case err != nil:
		s.fail(c, err)
		return
	case s.inbound == nil:
		s.refuseHook(c, "not_configured", kindForbidden, "The webhook is not configured.")
		return
	}
	if err := s.inbound.Fresh(now, c.Request.Header); err != nil {
		s.refuseSigned(c, err, "")
		return
	}
	select {
	case s.large <- struct{}{}:
		defer func() { <-s.large }()
		c.Next()
	case <-c.Request.Context().Done():
		s.fail(c, c.Request.Context().Err())
	}
}

// sendgridInbound takes an e-mail that somebody wrote to an address of ours.
func (s *server) sendgridInbound(c *gin.Context) {
	now, err := s.instant(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	if err := s.inbound.Verify(now, c.Request.Header, bodyOf(c)); err != nil {
		s.refuseSigned(c, err, "")
		return
	}
	in, err := email.ParseInbound(c.GetHeader("Content-Type"), bodyOf(c))
	if err != nil {
		s.refuseSigned(c, err, "The body is signed but no form with a mail.")
		return
	}
	files := make([]store.ReplyFile, len(in.Files))
	for i, f := range in.Files {
		files[i] = store.ReplyFile{N: i + 1, Name: f.Name, ContentType: f.ContentType, Size: f.Size, Refused: f.Refused, Content: f.Data}
	}
	fate, err := s.service.TakeReply(c, now, collection.IncomingReply{
		Provider: "sendgrid", EventKey: in.Key, Channel: dunning.ChannelEmail, To: in.To, Automatic: in.Automatic, Sender: in.From,
		Subject: in.Subject, Text: in.Text, Truncated: in.Truncated, Files: files,
	})
	if err != nil {
		s.fail(c, err)
		return
	}
	s.noteUnknown(c, fate)
	c.Status(http.StatusNoContent)
}

// noteUnknown counts and logs an answer that belongs to nobody: it is kept, and waits for
// somebody to look.
func (s *server) noteUnknown(c *gin.Context, fate string) {
	if fate == collection.ReplyUnknown {
		c.Set(hookRefusal, "kept_unknown")
	}
}

// twilioInbound takes an SMS that somebody sent to our number.
func (s *server) twilioInbound(c *gin.Context) {
	form, ok := s.twilioForm(c)
	if !ok {
		return
	}
	in, ok := sms.ParseInbound(form)
	if !ok {
		s.refuseHook(c, "unreadable", kindValidation, "The form is signed but no message.")
		return
	}
	now, err := s.instant(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	files := make([]store.ReplyFile, in.Media)
	for i := range files {
		files[i] = store.ReplyFile{N: i + 1, Name: fmt.Sprintf("media %d", i+1), ContentType: "application/octet-stream", Refused: "not_fetched"}
	}
	fate, err := s.service.TakeReply(c, now, collection.IncomingReply{
		Provider: "twilio", EventKey: in.SID, Channel: dunning.ChannelSMS, Number: in.From, Stop: in.Stop, Sender: in.From, Text: in.Text, Files: files,
	})
	if err != nil {
		s.fail(c, err)
		return
	}
	s.noteUnknown(c, fate)
	c.Status(http.StatusNoContent) // nothing is answered by SMS
}

// ListReplies lists what customers answered.
func (s *server) ListReplies(ctx context.Context, r ListRepliesRequestObject) (ListRepliesResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	if err := who.mayNarrow(in.Creditor); err != nil {
		return nil, err
	}
	p, err := page(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindReplies(ctx, who.scope, store.ReplyFilter{Creditor: in.Creditor, Customer: in.Customer, Invoice: in.Invoice, Fate: in.Fate}, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, in.Limit, func(r *store.Reply) uuid.UUID { return r.ID })
	return ListReplies200JSONResponse{Items: each(rows, replyOf), NextCursor: next}, nil
}

// GetReply reads one with its text.
func (s *server) GetReply(ctx context.Context, r GetReplyRequestObject) (GetReplyResponseObject, error) {
	row, err := s.store.FindReply(ctx, callerOf(ctx).scope, r.ID)
	if err != nil {
		return nil, err
	}
	reply, err := s.withText(ctx, row)
	return GetReply200JSONResponse(reply), err
}

func (s *server) withText(ctx context.Context, row store.Reply) (Reply, error) {
	reply := replyOf(row)
	body, files, err := s.store.ReplyText(ctx, row.ID)
	if err != nil || body == nil { // erased
		return reply, err
	}
	reply.Body = &ReplyBody{
		Sender: body.Sender, Subject: body.Subject, Text: body.Text, Truncated: body.Truncated, Files: each(files, func(f store.ReplyFile) ReplyFile {
			return ReplyFile{N: f.N, Name: f.Name, ContentType: f.ContentType, Size: f.Size, Refused: f.Refused}
		}),
	}
	return reply, nil
}

// GetReplyFile reads a file of a reply. It goes out as bytes to save, whatever it calls itself.
func (s *server) GetReplyFile(ctx context.Context, r GetReplyFileRequestObject) (GetReplyFileResponseObject, error) {
	if _, err := s.store.FindReply(ctx, callerOf(ctx).scope, r.ID); err != nil {
		return nil, err
	}
	f, err := s.store.ReplyFile(ctx, r.ID, r.N)
	if err != nil {
		return nil, err
	}
	return GetReplyFile200ApplicationOctetStreamResponse{Body: bytes.NewReader(f.Content), ContentLength: int64(len(f.Content))}, nil
}

// AssignReply says about which invoice an answer is that nobody knew.
func (s *server) AssignReply(ctx context.Context, r AssignReplyRequestObject) (AssignReplyResponseObject, error) {
	who := callerOf(ctx)
	row, err := s.service.AssignReply(ctx, who.scope, who.now, who.actor, r.ID, r.Body.InvoiceID)
	if err != nil {
		return nil, err
	}
	reply, err := s.withText(ctx, row)
	return AssignReply200JSONResponse(reply), err
}

// repliesOfTask are what a task asks to be read, with their texts.
func (s *server) repliesOfTask(ctx context.Context, task uuid.UUID) ([]Reply, error) {
	const most = 20
	rows, err := s.store.FindReplies(ctx, callerOf(ctx).scope, store.ReplyFilter{Task: task}, store.Page{Limit: most})
	if err != nil {
		return nil, err
	}
	replies := make([]Reply, len(rows))
	var errs []error
	for i, row := range rows {
		replies[i], err = s.withText(ctx, row)
		errs = append(errs, err)
	}
	return replies, errors.Join(errs...)
}

func replyOf(r store.Reply) Reply {
	return Reply{
		ID: r.ID, Creditor: value(r.CreditorID), CustomerID: r.CustomerID, MessageID: r.MessageID, Channel: string(r.Channel), Fate: r.Fate,
		Automatic: r.Automatic, TaskID: r.TaskID, ReceivedAt: r.ReceivedAt, InvoiceID: r.InvoiceID, AssignedBy: r.AssignedBy, AssignedAt: r.AssignedAt,
	}
}
