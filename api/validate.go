package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"sort"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/gin-gonic/gin"

	"maan/internal/money"
)

// validate checks a request against the contract and names every fault at once. The
// texts are ours: kin-openapi's repeat what was sent.
func (s *server) validate(c *gin.Context) {
	op := operationOf(c)
	if op == nil || op.open {
		return
	}
	if err := checkMedia(c, op); err != nil {
		s.fail(c, err)
		return
	}
	found := unknownParameters(c, op)
	found = append(found, zeroCharacters(c, op)...)
	if len(found) == 0 && op.media == jsonMedia && !json.Valid(bodyOf(c)) {
		found.add("", "malformed", "the body is not JSON; check it with any JSON tool")
	}
	if len(found) == 0 || op.media != jsonMedia {
		found = append(found, contractFaults(c, op)...)
	}
	if len(found) > 0 {
		s.fail(c, &problem{kind: kindValidation, detail: "Mend what errors names and send it again.", faults: found})
	}
}

const jsonMedia = "application/json"

func checkMedia(c *gin.Context, op *operation) error {
	if op.media == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || (media != op.media && (op.media != "application/xml" || media != "text/xml")) {
		return refused(kindMedia, "Send the body as "+op.media+" and say so in Content-Type.")
	}
	return nil
}

func unknownParameters(c *gin.Context, op *operation) faults {
	var found faults
	for name, values := range c.Request.URL.Query() {
		switch {
		case !op.query[name]:
			found.add(shown(name), "unknown_parameter", "this operation has no such parameter; see openapi.yaml")
		case len(values) > 1:
			found.add(name, "repeated", "give the parameter once")
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Field < found[j].Field })
	return found
}

// zeroCharacters refuses U+0000, which PostgreSQL cannot store in a text.
func zeroCharacters(c *gin.Context, op *operation) faults {
	var found faults
	if strings.Contains(c.Request.URL.RawQuery, "%00") || strings.Contains(c.Request.URL.Path, "\x00") ||
		(op.media == jsonMedia && bytes.Contains(bodyOf(c), []byte(`\u0000`))) {
		found.add("", "control_character", "there is a U+0000 in the request; remove it")
	}
	return found
}

func contractFaults(c *gin.Context, op *operation) faults {
	path := map[string]string{}
	for _, p := range c.Params {
		path[p.Key] = p.Value
	}
	err := openapi3filter.ValidateRequest(c.Request.Context(), &openapi3filter.RequestValidationInput{
		Request: c.Request, PathParams: path, Route: op.route,
		Options: &openapi3filter.Options{
			MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeRequestBody: op.media != jsonMedia,
			SchemaValidationOptions: formats(),
		},
	})
	var found faults
	found.collect("", err)
	return found
}

// collect turns the tree of kin-openapi's errors into a flat list.
func (f *faults) collect(field string, err error) {
	var (
		many    openapi3.MultiError
		request *openapi3filter.RequestError
		schema  *openapi3.SchemaError
	)
	switch {
	case err == nil:
	case asExactly(err, &many):
		for _, e := range many {
			f.collect(field, e)
		}
	case asExactly(err, &request):
		f.collectRequest(request)
	case asExactly(err, &schema):
		f.collectSchema(field, schema)
	default:
		f.add(field, "invalid", "the value does not have the form that the contract asks for")
	}
}

// asExactly is errors.As without unwrapping: each level is looked at by itself.
func asExactly[T error](err error, target *T) bool {
	v, ok := err.(T) //nolint:errorlint // on purpose
	if ok {
		*target = v
	}
	return ok
}

func (f *faults) collectRequest(r *openapi3filter.RequestError) {
	field := ""
	if r.Parameter != nil {
		field = r.Parameter.Name
	}
	switch {
	case r.Err == nil, errors.Is(r.Err, openapi3filter.ErrInvalidRequired):
		f.add(field, "missing", "it is required")
	case errors.Is(r.Err, openapi3filter.ErrInvalidEmptyValue):
		f.add(field, "empty", "give a value or leave the parameter out")
	default:
		f.collect(field, r.Err)
	}
}

func (f *faults) collectSchema(field string, e *openapi3.SchemaError) {
	for _, part := range e.JSONPointer() {
		field = strings.TrimPrefix(field+"."+shown(part), ".")
	}
	if e.Origin != nil {
		before := len(*f)
		var inner *openapi3.SchemaError
		var many openapi3.MultiError
		if asExactly(e.Origin, &inner) || asExactly(e.Origin, &many) {
			f.collect(field, e.Origin)
		}
		if len(*f) > before {
			return
		}
	}
	code, detail := describe(e)
	if e.SchemaField == "properties" || e.SchemaField == "additionalProperties" { // the fault is a member that it does not know
		if m := unsupported.FindStringSubmatch(e.Reason); m != nil {
			field = strings.TrimPrefix(field+"."+shown(m[1]), ".")
		}
	}
	f.add(field, code, "%s", detail)
}

var (
	unsupported = regexp.MustCompile(`^property "(.*)" is unsupported$`)
	plainName   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
)

// shown is a name out of the request as it may be repeated: only what looks like the
// name of a field.
func shown(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return "?"
}

// describe says what is wrong by the rule that was broken, from the contract alone.
func describe(e *openapi3.SchemaError) (code, detail string) {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return "missing", "it is required"
	case "properties", "additionalProperties":
		return "unknown_field", "there is no such field; see openapi.yaml"
	case "enum":
		return "unknown_value", fmt.Sprintf("give one of %v", s.Enum)
	case "format":
		return formatFault(s)
	case "pattern":
		return "invalid_form", strings.TrimSuffix("the value does not have the right form: "+s.Description, ": ")
	case "minLength":
		return "too_short", fmt.Sprintf("give at least %d characters", s.MinLength)
	case "maxLength":
		return "too_long", fmt.Sprintf("give at most %d characters", *s.MaxLength)
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		return "out_of_range", "the number is out of range" + bounds(s)
	case "minItems", "maxItems":
		return "wrong_count", "the list is too short or too long"
	case "minProperties":
		return "empty", "give at least one member"
	case "uniqueItems":
		return "repeated", "a value stands twice"
	case "type":
		return "wrong_type", fmt.Sprintf("give a value of type %v", s.Type.Slice())
	case "nullable":
		return "null", "null is not taken here; leave the field out"
	}
	return "invalid", "the value does not have the form that the contract asks for"
}

// formatFault names the formats that the contract uses.
func formatFault(s *openapi3.Schema) (code, detail string) {
	switch s.Format {
	case "date":
		return "invalid_date", "write an existing day as YYYY-MM-DD, such as 2026-11-23"
	case "date-time":
		return "invalid_time", "write a time as in RFC 3339, such as 2026-11-23T09:00:00Z"
	case "currency":
		return string(money.UnknownCurrency), "write an active ISO 4217 code in capitals, such as EUR"
	}
	return "invalid_form", "the value does not have the format " + s.Format
}

func bounds(s *openapi3.Schema) string {
	text := ""
	if s.Min != nil {
		text += fmt.Sprintf(", at least %v", *s.Min)
	}
	if s.Max != nil {
		text += fmt.Sprintf(", at most %v", *s.Max)
	}
	return text
}
