package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"maan/internal/store"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed"
	// abandonedAfter is when a request without an answer counts as dead: far longer than
	// any request may run.
	abandonedAfter = 2 * time.Minute
	keepTimeout    = 5 * time.Second
)

// idempotent lets a POST with an Idempotency-Key run once and replays its answer. What
// failed on our side is forgotten, so that the same request may be tried again.
func (s *server) idempotent(c *gin.Context) {
	op, key := operationOf(c), c.GetHeader(idempotencyHeader)
	if op == nil || op.open || c.Request.Method != http.MethodPost || key == "" {
		return
	}
	who := callerOf(c)
	hash := requestHash(c)
	known, err := s.store.BeginRequest(c, who.key, key, hash, abandonedAfter)
	if err != nil {
		s.fail(c, err)
		return
	}
	if known != nil {
		s.replay(c, known, hash)
		return
	}
	recorder := &recorder{ResponseWriter: c.Writer}
	c.Writer = recorder
	finished := false
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), keepTimeout)
		defer cancel()
		var err error
		if status := recorder.Status(); finished && status < http.StatusInternalServerError {
			err = s.store.FinishRequest(ctx, who.key, key, status, recorder.Header().Get("Content-Type"), withoutSecret(op.id, recorder.body.Bytes()))
		} else {
			err = s.store.ForgetRequest(ctx, who.key, key)
		}
		if err != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "answer not kept", slog.String("request_id", requestID(c)), slog.String("error", loggable(err)))
		}
	}()
	c.Next()
	finished = true
}

func (s *server) replay(c *gin.Context, known *store.StoredAnswer, hash string) {
	switch {
	case known.RequestHash != hash:
		s.fail(c, refused(kindIdempotency, "Give every request a key of its own; this one was used for another."))
	case known.Status == nil:
		p := refused(kindRunning, "Wait for its answer, then send the same request again if none came.")
		p.retry = 1
		s.fail(c, p)
	default:
		c.Header(replayedHeader, "true")
		c.Abort()
		c.Data(*known.Status, known.ContentType, known.Body)
	}
}

// requestHash tells whether two requests are the same.
func requestHash(c *gin.Context) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n%s\n", c.Request.Method, c.Request.URL.Path, c.Request.URL.RawQuery, c.GetHeader("Content-Type"))
	sum.Write(bodyOf(c))
	return hex.EncodeToString(sum.Sum(nil))
}

// secrets are the members of answers that are shown once.
var secrets = map[string]string{"createApiKey": "key", "createWebhook": "secret"}

// withoutSecret takes a new API key, or a webhook's secret, out of the answer that is kept.
func withoutSecret(operation string, body []byte) []byte {
	secret, ok := secrets[operation]
	if !ok {
		return body
	}
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil
	}
	delete(answer, secret)
	kept, err := json.Marshal(answer)
	if err != nil {
		return nil
	}
	return kept
}

// recorder keeps a copy of the answer.
type recorder struct {
	gin.ResponseWriter

	body bytes.Buffer
}

// Write implements io.Writer.
func (r *recorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

// WriteString implements io.StringWriter.
func (r *recorder) WriteString(p string) (int, error) {
	r.body.WriteString(p)
	return r.ResponseWriter.WriteString(p)
}
