package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgconn"

	"maan/internal/collection"
	"maan/internal/store"
)

// kind is a stable kind of problem with its status.
type kind struct {
	name   string
	status int
	title  string
}

//nolint:gochecknoglobals // the one table of problems
var (
	kindValidation   = kind{"validation", http.StatusBadRequest, "The request does not keep to the contract"}
	kindUnauthorized = kind{"unauthorized", http.StatusUnauthorized, "No valid API key"}
	kindForbidden    = kind{"forbidden", http.StatusForbidden, "This key may not do that"}
	kindNotFound     = kind{"not-found", http.StatusNotFound, "There is no such thing"}
	kindMethod       = kind{"method", http.StatusMethodNotAllowed, "This route does not know the method"}
	kindConflict     = kind{"conflict", http.StatusConflict, "The request does not go with the facts"}
	kindTooLarge     = kind{"too-large", http.StatusRequestEntityTooLarge, "The body is too large"}
	kindMedia        = kind{"media-type", http.StatusUnsupportedMediaType, "The body has another content type"}
	kindRefused      = kind{"refused", http.StatusUnprocessableEntity, "The request cannot be carried out"}
	kindIdempotency  = kind{"idempotency", http.StatusUnprocessableEntity, "The idempotency key belongs to another request"}
	kindRunning      = kind{"idempotency", http.StatusConflict, "The first request with this idempotency key still runs"}
	kindRate         = kind{"rate-limit", http.StatusTooManyRequests, "Too many requests"}
	kindUnavailable  = kind{"unavailable", http.StatusServiceUnavailable, "The database does not answer"}
	kindInternal     = kind{"internal", http.StatusInternalServerError, "Something went wrong on our side"}

	// refusals maps the classes of the rules to problems.
	refusals = map[collection.RefusalKind]kind{
		collection.Invalid: kindRefused, collection.Conflict: kindConflict, collection.NotFound: kindNotFound, collection.Denied: kindForbidden,
	}
)

// problem is an error that a client may see.
type problem struct {
	kind   kind
	detail string
	faults []Fault
	retry  int // seconds after which another try makes sense; 0: says nothing
}

// Error implements error.
func (p *problem) Error() string { return p.kind.name + ": " + p.detail }

func refused(k kind, detail string) *problem { return &problem{kind: k, detail: detail} }

// faults collects what is wrong with a request.
type faults []Fault

func (f *faults) add(field, code, format string, args ...any) {
	*f = append(*f, Fault{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
}

// err is nil without faults; they are of content, not of form: 422.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &problem{kind: kindRefused, detail: "Mend what errors names and send it again.", faults: f}
}

func faultsOf(r *collection.Refusal) []Fault {
	list := make([]Fault, len(r.Faults))
	for i, f := range r.Faults {
		list[i] = Fault{Field: f.Field, Code: f.Code, Detail: f.Message}
	}
	return list
}

// problemOf is the one place where an error becomes what a client sees.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if r, ok := collection.AsRefusal(err); ok {
		return &problem{kind: refusals[r.Kind], detail: "Mend what errors names.", faults: faultsOf(r)}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return refused(kindNotFound, "It does not exist, or not for this key.")
	case unavailable(err):
		p := refused(kindUnavailable, "Nothing was changed. Send the same request again in a few seconds.")
		p.retry = 5
		return p
	}
	return refused(kindInternal, "The error is logged under the request id. Nothing is half done: send the same request again.")
}

// unavailable reports whether the database could not be asked at all.
func unavailable(err error) bool {
	var (
		connect *pgconn.ConnectError
		network net.Error
		pg      *pgconn.PgError
	)
	switch {
	case errors.As(err, &connect), errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err), pgconn.SafeToRetry(err):
		return true
	case errors.As(err, &pg):
		// Class 57P: the server shuts down or starts; class 53: no connection or space left; class 08: connection.
		return strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "08")
	}
	return errors.As(err, &network)
}

// fail answers with the problem of an error and logs what is ours.
func (s *server) fail(c *gin.Context, err error) {
	p := problemOf(err)
	if p.kind.status >= http.StatusInternalServerError {
		s.log.LogAttrs(c, slog.LevelError, "request failed", slog.String("request_id", requestID(c)), slog.String("operation", operationID(c)),
			slog.String("kind", p.kind.name), slog.String("error", loggable(err)))
	}
	body := Problem{
		Type: "urn:maan:problem:" + p.kind.name, Title: p.kind.title, Status: p.kind.status, Detail: p.detail, RequestID: requestID(c), Errors: p.faults,
	}
	text, encodeErr := json.Marshal(body)
	if encodeErr != nil { // strings and numbers always encode
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	if p.retry > 0 {
		c.Header("Retry-After", strconv.Itoa(p.retry))
	}
	c.Abort()
	c.Data(p.kind.status, "application/problem+json", text)
}

// loggable is what may be logged of an error: PostgreSQL's text can quote rows, so only
// its code.
func loggable(err error) string {
	if code := store.ErrorCode(err); code != "" {
		return code
	}
	return err.Error()
}
