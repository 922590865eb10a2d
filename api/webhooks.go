package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/email"
	"maan/internal/sms"
)

// sendgridEvents takes SendGrid's reports. Only the signature is proof; without it
// nothing of the body is used.
func (s *server) sendgridEvents(c *gin.Context) {
	if s.events == nil {
		s.refuseHook(c, "not_configured", kindForbidden, "The webhook is not configured.")
		return
	}
	now, err := s.instant(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	events, err := s.events.Parse(now, c.Request.Header, bodyOf(c)) // the development clock moves the sandbox too
	if err != nil {
		s.refuseSigned(c, err, "The body is signed but no list of events.")
		return
	}
	s.settle(c, now, mailReports(events))
}

// refuseSigned answers a post that is not proved to be the provider's, or not readable.
func (s *server) refuseSigned(c *gin.Context, err error, unreadable string) {
	switch {
	case errors.Is(err, email.ErrStale):
		s.refuseHook(c, "stale", kindForbidden, "It was signed too long ago, or ahead of our clock.")
	case errors.Is(err, email.ErrUnverified):
		s.refuseHook(c, "forged", kindForbidden, "The signature does not fit.")
	default:
		s.refuseHook(c, "unreadable", kindValidation, unreadable)
	}
}

//nolint:gochecknoglobals // tables of what providers' words mean
var (
	mailKinds = map[email.Kind]string{
		email.Processed: "processed", email.Deferred: "deferred", email.Delivered: "delivered", email.Bounce: "bounced", email.Dropped: "bounced",
		email.SpamReport: "complained", email.Unsubscribe: "complained",
	}
	textKinds = map[sms.Kind]string{
		sms.Queued: "processed", sms.Sent: "processed", sms.Delivered: "delivered", sms.Undelivered: "bounced", sms.Failed: "bounced",
	}
)

// mailReports keeps what concerns our messages.
func mailReports(events []email.Event) []collection.Report {
	var reports []collection.Report
	for _, e := range events {
		id, err := uuid.Parse(e.MessageID)
		kind, known := mailKinds[e.Kind]
		if err != nil || !known {
			continue
		}
		reports = append(reports, collection.Report{
			Provider: "sendgrid", EventKey: fmt.Sprintf("%s|%s|%s|%d", e.ProviderID, id, e.Kind, e.At.Unix()), MessageID: id, ProviderID: e.ProviderID,
			Kind: kind, Code: codeOf(e), At: e.At,
		})
	}
	return reports
}

// codeOf is the provider's reason; a complaint's says which kind it is.
func codeOf(e email.Event) string {
	if mailKinds[e.Kind] == "complained" {
		return string(e.Kind)
	}
	return e.Reason
}

// twilioStatus takes Twilio's report about one text message, which the callback address
// names. One about a message or under a SID that is not ours is refused.
func (s *server) twilioStatus(c *gin.Context) {
	form, ok := s.twilioForm(c)
	if !ok {
		return
	}
	now, err := s.instant(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	status := sms.ParseStatus(form)
	id, err := uuid.Parse(c.Query("message"))
	known := err == nil && status.SID != ""
	if known {
		if known, err = s.store.KnowsText(c, id, status.SID); err != nil {
			s.fail(c, err)
			return
		}
	}
	if !known {
		s.refuseHook(c, "unknown", kindNotFound, "No text message of ours has this SID.")
		return
	}
	kind, acts := textKinds[status.Kind]
	if !acts {
		c.Status(http.StatusNoContent)
		return
	}
	s.settle(c, now, []collection.Report{{
		Provider: "twilio", EventKey: status.SID + "|" + string(status.Kind), MessageID: id, ProviderID: status.SID, Kind: kind, Code: status.ErrorCode, At: now,
	}})
}

// twilioForm is the form of a post that Twilio signed; without ok the answer is given.
func (s *server) twilioForm(c *gin.Context) (form url.Values, ok bool) {
	form, err := url.ParseQuery(string(bodyOf(c)))
	called := strings.TrimSuffix(s.publicURL, "/") + c.Request.URL.RequestURI()
	switch {
	case s.twilio == "":
		s.refuseHook(c, "not_configured", kindForbidden, "The webhook is not configured.")
	case err != nil || !sms.VerifyTwilio(s.twilio, called, form, c.GetHeader(sms.SignatureHeader)):
		s.refuseHook(c, "forged", kindForbidden, "The signature does not fit.")
	default:
		return form, true
	}
	return nil, false
}

// settle hands reports to the rules. An error makes the provider send them again.
func (s *server) settle(c *gin.Context, now time.Time, reports []collection.Report) {
	if err := s.service.SettleReports(c.Request.Context(), now, reports); err != nil {
		s.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
