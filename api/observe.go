package api

import (
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
)

const (
	requestIDHeader = "X-Request-Id"
	logRequestID    = "maan.request_id"
	logActor        = "maan.actor"
	logOperation    = "maan.operation"
)

func requestID(c *gin.Context) string { return c.GetString(logRequestID) }

// observe gives the request an id and writes one line about it: no address, no query, no
// body. The path holds ids and slugs only.
func (s *server) observe(c *gin.Context) {
	started := time.Now()
	id := uuid.Must(uuid.NewV7()).String()
	c.Set(logRequestID, id)
	c.Header(requestIDHeader, id)
	ended := s.metrics.Began(c, c.Request.Method)
	c.Next()
	ended(c.FullPath(), c.Writer.Status())
	level := slog.LevelInfo
	if c.Writer.Status() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.log.LogAttrs(c, level, "request", slog.String("request_id", id), slog.String("method", c.Request.Method), slog.String("route", c.FullPath()),
		slog.String("id", ifID(c.Param("id"))), slog.String("creditor", ifSlug(c.Param("creditor"))), slog.String("actor", c.GetString(logActor)),
		slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(0, c.Writer.Size())), slog.Duration("took", time.Since(started)))
}

// guard answers for a handler that panicked. What it panicked with may quote data and
// is not logged; the stack says where.
func (s *server) guard(c *gin.Context) {
	defer func() {
		if recover() == nil {
			return
		}
		s.log.LogAttrs(c, slog.LevelError, "panic", slog.String("request_id", requestID(c)), slog.String("stack", string(debug.Stack())))
		if !c.Writer.Written() {
			s.fail(c, refused(kindInternal, "The error is logged under the request id."))
		}
	}()
	c.Next()
}

// securityHeaders: the API serves data, never something that a browser should run.
func securityHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
}

// route finds the operation of the contract; nil for a route that is not in it.
func (s *server) route(c *gin.Context) {
	if op := s.ops[c.Request.Method+" "+c.FullPath()]; op != nil {
		c.Set(logOperation, op)
	}
}

func operationOf(c *gin.Context) *operation {
	v, _ := c.Get(logOperation)
	op, _ := v.(*operation)
	return op
}

func operationID(c *gin.Context) string {
	if op := operationOf(c); op != nil {
		return op.id
	}
	return ""
}

// ifID is the text if it is an id of ours; anything else that stands in a path is not
// logged.
func ifID(text string) string {
	if id, err := uuid.Parse(text); err == nil {
		return id.String()
	}
	return ""
}

func ifSlug(text string) string {
	if slugForm.MatchString(text) {
		return text
	}
	return ""
}

var slugForm = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
