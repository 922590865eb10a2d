package email

import (
	"context"
	"errors"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"maan/internal/provider"
)

// CodeNoMailbox says that the recipient's server knows no such address. Stored: never
// rename it.
const CodeNoMailbox = "no_mailbox"

// accountWait is how long a server is left alone that refuses our account: somebody must
// mend a setting first.
const accountWait = 30 * time.Minute

// failure turns what ended a dialog into an *provider.Error. Before the end of the mail
// has left, the server has certainly taken nothing (RFC 5321 section 4.1.1.4); from then
// on only its answer is certain.
func (d *dialog) failure(ctx context.Context, err error) *provider.Error {
	if rejected, ok := errors.AsType[*provider.Error](err); ok {
		return rejected
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return d.answered(answer)
	}
	switch {
	case errors.Is(err, errNoAuth):
		return &provider.Error{Fate: provider.NotSent, Code: "smtp_no_auth", RetryAfter: accountWait, Health: provider.Down}
	case errors.Is(err, errNoTLS):
		return &provider.Error{Fate: provider.NotSent, Code: provider.CodeTLS, Health: provider.Down}
	case d.at == atTLS:
		return provider.Classify(err, false)
	}
	if ctx.Err() != nil { // the connection's own error says only that its deadline passed
		err = ctx.Err()
	}
	failed := provider.Classify(err, true)
	if d.at < atEnd {
		failed.Fate = provider.NotSent
	}
	return failed
}

// enhancedPattern is an enhanced status code (RFC 3463) at the beginning of an answer.
var enhancedPattern = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)`)

// answered is what an answer other than the awaited one means: 4xx is "not now", 5xx is
// "never", about the account until it is accepted, and about the message from then on.
func (d *dialog) answered(answer *textproto.Error) *provider.Error {
	code := "smtp_" + strconv.Itoa(answer.Code)
	enhanced := ""
	if m := enhancedPattern.FindStringSubmatch(answer.Msg); m != nil {
		enhanced = m[1]
		code += "_" + enhanced
	}
	switch {
	case answer.Code >= 400 && answer.Code < 500:
		return &provider.Error{Fate: provider.NotSent, Code: code, Health: healthOf(d.at, answer.Code, enhanced)}
	case answer.Code < 500 && d.at == atEnd:
		return &provider.Error{Fate: provider.Uncertain, Code: provider.CodeBadAnswer}
	case answer.Code < 500:
		return &provider.Error{Fate: provider.NotSent, Code: provider.CodeBadAnswer}
	case d.at == atAuth, isAccountFault(d.at, answer.Code, enhanced):
		return &provider.Error{Fate: provider.NotSent, Code: code, RetryAfter: accountWait, Health: healthOf(d.at, answer.Code, enhanced)}
	case d.at < atSender: // it serves nobody now
		return &provider.Error{Fate: provider.NotSent, Code: code, Health: provider.Down}
	case d.at == atRecipient && isAddressFault(answer.Code, enhanced):
		code = CodeNoMailbox
	case enhanced == "5.3.4" || answer.Code == 552 && enhanced == "" && d.at != atRecipient:
		code = CodeTooLarge
	}
	return &provider.Error{Fate: provider.Rejected, Code: code, Health: provider.Up}
}

// healthOf is what an answer that took nothing says about the server: before it accepted our
// account, in its words for trouble of its own (421, 454, X.3.X of RFC 3463), or about the
// account, that it is down for us; else nothing, for it may be about one recipient or sender.
func healthOf(at stage, code int, enhanced string) provider.Health {
	own := len(enhanced) > 3 && enhanced[1:4] == ".3."
	if at < atSender || own || slices.Contains([]int{421, 454, 530, 534, 535, 538}, code) {
		return provider.Down
	}
	return provider.Unknown
}

// isAccountFault reports whether a refusal is about who we are: not signed in, or not
// allowed to use the sender's address.
func isAccountFault(at stage, code int, enhanced string) bool {
	return slices.Contains([]int{530, 534, 535, 538}, code) || at == atSender && strings.HasPrefix(enhanced, "5.7.")
}

// isAddressFault reports whether a refusal of the recipient is about the address: RFC
// 3463 names the faults of addresses (the list of RFC 7505 has the domain that takes no
// mail), RFC 5321 the codes of servers that say no more.
func isAddressFault(code int, enhanced string) bool {
	if enhanced == "" {
		return code == 550 || code == 551 || code == 553
	}
	return slices.Contains([]string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}, enhanced)
}
