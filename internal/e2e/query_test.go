package e2e_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// query is what an expression of Prometheus names.
type query struct {
	selectors []selector
	labels    []string // by which it groups or joins
}

type selector struct {
	name     string
	matchers []matcher
}

type matcher struct{ label, op, value string }

// values are those that the label must have: each of a list of plain words, one word of an equation, and
// none in particular for anything else.
func (m matcher) values() []string {
	plain := regexp.MustCompile(`^\w+(\|\w+)*$`)
	if m.op == "=" || plain.MatchString(m.value) {
		return strings.Split(m.value, "|")
	}
	return []string{""}
}

var (
	queryFunctions = []string{
		"absent", "avg", "count", "histogram_quantile", "increase", "max", "min", "rate", "sum", "time", "topk",
	}
	queryGroups = []string{"by", "group_left", "group_right", "ignoring", "on", "without"}
	queryWords  = []string{"and", "bool", "offset", "or", "unless"}

	queryToken = regexp.MustCompile(`^(?:\s+|[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9][0-9.a-z]*|\[[^\]]*\]|\{[^}]*\}|==|!=|>=|<=|[()+\-*/<>,])`)
	oneMatcher = regexp.MustCompile(`^\s*(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"\s*,?\s*`)
)

// scanQuery finds the metrics and labels of an expression. It knows as much of the language as the
// dashboard and the alerts use, and refuses the rest.
func scanQuery(expr string) (q query, err error) {
	tokens, err := queryTokens(expr)
	if err != nil {
		return q, err
	}
	for i := 0; i < len(tokens); i++ {
		token, next := tokens[i], ""
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		switch {
		case !regexp.MustCompile(`^[a-zA-Z_:]`).MatchString(token), slices.Contains(queryWords, token):
		case slices.Contains(queryGroups, token):
			end := i + slices.Index(tokens[i:], ")")
			for _, label := range tokens[i+2 : end] {
				if label != "," {
					q.labels = append(q.labels, label)
				}
			}
			i = end
		case next == "(", slices.Contains(queryGroups, next):
			if !slices.Contains(queryFunctions, token) {
				return q, fmt.Errorf("function %s is not known here", token)
			}
		default:
			matchers, err := scanMatchers(next)
			if err != nil {
				return q, err
			}
			q.selectors = append(q.selectors, selector{token, matchers})
		}
	}
	return q, nil
}

// queryTokens cuts an expression; its brackets must close.
func queryTokens(expr string) (tokens []string, err error) {
	depth := 0
	for rest := expr; rest != ""; {
		token := queryToken.FindString(rest)
		if token == "" {
			return nil, fmt.Errorf("not understood from here: %s", rest)
		}
		rest = rest[len(token):]
		switch token {
		case "(":
			depth++
		case ")":
			depth--
		}
		if token = strings.TrimSpace(token); token != "" {
			tokens = append(tokens, token)
		}
	}
	if depth != 0 {
		return nil, fmt.Errorf("%d brackets are open", depth)
	}
	return tokens, nil
}

func scanMatchers(token string) (all []matcher, err error) {
	if !strings.HasPrefix(token, "{") {
		return nil, nil
	}
	for rest := strings.Trim(token, "{}"); rest != ""; {
		m := oneMatcher.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("no matcher of a label: %s", rest)
		}
		all = append(all, matcher{m[1], m[2], m[3]})
		rest = rest[len(m[0]):]
	}
	return all, nil
}

func TestScanQuery(t *testing.T) {
	t.Parallel()
	q, err := scanQuery(`60 * sum by (a, b) (rate(x_total{c="d",e=~"f|g",h!="",i=~"5.."}[$__rate_interval])) > 0.2 and on (j) time() - max(y) >= 1`)
	require.NoError(t, err)
	require.Equal(t, query{
		selectors: []selector{{"x_total", []matcher{{"c", "=", "d"}, {"e", "=~", "f|g"}, {"h", "!=", ""}, {"i", "=~", "5.."}}}, {"y", nil}},
		labels:    []string{"a", "b", "j"},
	}, q)
	for _, wrong := range []string{`sum(x`, `x{a=b}`, `foo(x)`, `x & y`} {
		_, err := scanQuery(wrong)
		require.Error(t, err, wrong)
	}
}
