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
		s.fail(c, refused(kindForbidden, "The webhook is not configured."))
		return
	}
	now, err := s.now(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	events, err := s.events.Parse(now, c.Request.Header, bodyOf(c)) // the development clock moves the sandbox too
	switch {
	case errors.Is(err, email.ErrUnverified):
		s.fail(c, refused(kindForbidden, "The signature does not fit."))
		return
	case err != nil:
		s.fail(c, refused(kindValidation, "The body is signed but no list of events."))
		return
	}
	s.settle(c, now, mailReports(events))
}

//nolint:gochecknoglobals // tables of what providers' words mean
var (
	mailKinds = map[email.Kind]string{
		email.Processed: "processed", email.Deferred: "deferred", email.Delivered: "delivered", email.Bounce: "bounced", email.Dropped: "bounced",
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
			Kind: kind, Code: e.Reason, At: e.At,
		})
	}
	return reports
}

// twilioStatus takes Twilio's report about one text message, which the callback address
// names.
func (s *server) twilioStatus(c *gin.Context) {
	form, err := url.ParseQuery(string(bodyOf(c)))
	called := strings.TrimSuffix(s.publicURL, "/") + c.Request.URL.RequestURI()
	if err != nil || !sms.VerifyTwilio(s.twilio, called, form, c.GetHeader(sms.SignatureHeader)) {
		s.fail(c, refused(kindForbidden, "The signature does not fit."))
		return
	}
	now, err := s.now(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	status := sms.ParseStatus(form)
	id, err := uuid.Parse(c.Query("message"))
	kind, known := textKinds[status.Kind]
	if err != nil || !known || status.SID == "" {
		c.Status(http.StatusNoContent)
		return
	}
	s.settle(c, now, []collection.Report{{
		Provider: "twilio", EventKey: status.SID + "|" + string(status.Kind), MessageID: id, ProviderID: status.SID, Kind: kind, Code: status.ErrorCode, At: now,
	}})
}

// settle hands reports to the rules. An error makes the provider send them again.
func (s *server) settle(c *gin.Context, now time.Time, reports []collection.Report) {
	if err := s.service.SettleReports(c.Request.Context(), now, reports); err != nil {
		s.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
