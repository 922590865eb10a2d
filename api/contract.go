package api

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"maan/internal/calendar"
	"maan/internal/imports"
	"maan/internal/money"
)

//go:embed openapi.yaml
var contractText []byte

// Contract parses and checks the embedded openapi.yaml.
func Contract() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contractText)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil { //nolint:forbidigo // read once at the start, for no request
		return nil, fmt.Errorf("check openapi.yaml: %w", err)
	}
	return doc, nil
}

// formats are what the contract means by format: kin-openapi's own "date" takes days
// that do not exist.
func formats() []openapi3.SchemaValidationOption {
	check := func(name string, valid func(string) error) openapi3.SchemaValidationOption {
		return openapi3.WithStringFormatValidator(name, openapi3.NewCallbackValidator(valid))
	}
	return []openapi3.SchemaValidationOption{
		check("date", func(text string) error {
			_, err := calendar.ParseDate(text)
			return err
		}),
		check("date-time", func(text string) error {
			_, err := time.Parse(time.RFC3339, text)
			return err
		}),
		check("currency", func(text string) error {
			if _, known := money.Currency(text).Digits(); !known {
				return errors.New("not an active ISO 4217 code")
			}
			return nil
		}),
	}
}

// operation is a route of the contract, as the gates need it.
type operation struct {
	id    string
	open  bool // no key needed
	roles roles
	limit int64           // bytes of body
	media string          // content type of the body; empty: none
	query map[string]bool // parameters it knows
	route *routers.Route
}

// Limits of request bodies, in bytes.
const (
	maxJSON = 1 << 20
	maxXML  = 5 << 20
	maxPDF  = 10 << 20
	maxMail = 32 << 20 // SendGrid takes mails of up to 30 MB
	maxFile = imports.MaxSize
)

func limitOf(media string) int64 {
	switch media {
	case "application/xml":
		return maxXML
	case "application/pdf":
		return maxPDF
	case formMedia:
		return maxMail
	case "application/octet-stream":
		return maxFile
	default:
		return maxJSON
	}
}

// operations indexes the contract by method and route as Gin writes it: "GET /v1/tasks/:id".
func operations(doc *openapi3.T) (map[string]*operation, error) {
	index := map[string]*operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o, err := newOperation(&routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op})
			if err != nil {
				return nil, err
			}
			index[method+" "+ginPath(path)] = o
		}
	}
	return index, nil
}

// newOperation reads what the gates need off a route. An operation that needs a key and
// that no role may call is an error.
func newOperation(route *routers.Route) (*operation, error) {
	op := route.Operation
	o := &operation{
		id: op.OperationID, open: op.Security != nil && len(*op.Security) == 0,
		query: queryParameters(route.PathItem.Parameters, op.Parameters), route: route,
	}
	if o.roles = permissions[o.id]; !o.open && len(o.roles) == 0 {
		return nil, fmt.Errorf("operation %s: no role may call it; add it to the table of permissions", o.id)
	}
	if op.RequestBody != nil {
		for media := range op.RequestBody.Value.Content {
			o.media, o.limit = media, limitOf(media)
		}
	}
	return o, nil
}

// queryParameters names the parameters that stand in the query.
func queryParameters(lists ...openapi3.Parameters) map[string]bool {
	names := map[string]bool{}
	for _, p := range slices.Concat(lists...) {
		if p.Value.In == openapi3.ParameterInQuery {
			names[p.Value.Name] = true
		}
	}
	return names
}

// ginPath writes /v1/tasks/{id} as /v1/tasks/:id.
func ginPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// changes reports whether a method writes.
func changes(method string) bool { return method != http.MethodGet && method != http.MethodHead }
