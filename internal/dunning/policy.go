package dunning

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Names of the shipped policies.
const (
	PolicyStandard    = "standard"
	PolicyKeyAccounts = "key-accounts"
	// PolicyManual is for debtors whose kind forbids a ladder: the invoice, then a person.
	PolicyManual = "manual"
)

//go:embed policies/*.yaml
var shipped embed.FS

// Policy is an ordered list of steps. A published version never changes; an invoice
// keeps the version it started with.
type Policy struct {
	ID                 string `yaml:"policy"`
	Title              string `yaml:"title"`
	MinimumGapDays     int    `yaml:"minimum_gap_days"`     // calendar days between two messages to a customer
	MinimumAmountMinor int64  `yaml:"minimum_amount_minor"` // open balances below it are not chased, in minor units
	Bundle             *bool  `yaml:"bundle"`               // false: one message for each invoice; see [Policy.Bundles]
	Steps              []Step `yaml:"steps"`

	ContactHours map[string]ChannelHours `yaml:"contact_hours"` // by country, or "default" for all others; see [Policy.HoursIn]

	hours map[string]*Hours // the same, with what is not named filled in
}

// Anchor is the date from which a step's offset counts.
type Anchor string

// The anchors.
const (
	AnchorDelivery Anchor = "delivery"
	AnchorDue      Anchor = "due"
	AnchorPrevious Anchor = "previous"
)

// Unit is what an offset counts in.
type Unit string

// The units: business days are the customer's country's, banking days are TARGET's.
const (
	UnitCalendar Unit = "calendar"
	UnitBusiness Unit = "business"
	UnitBanking  Unit = "banking"
)

// Offset is a number of days from an anchor, written "3 banking days".
type Offset struct {
	Days int
	Unit Unit
}

var offsetForm = regexp.MustCompile(`^(-?\d{1,3}) (calendar|business|banking) days?$`)

// UnmarshalYAML reads "-5 business days". Its error is a [yaml.TypeError], after which
// the decoder goes on to the next fault.
func (o *Offset) UnmarshalYAML(n *yaml.Node) error {
	m := offsetForm.FindStringSubmatch(n.Value)
	if m == nil {
		*o = Offset{Unit: UnitCalendar} // named here, so not again as missing
		return &yaml.TypeError{Errors: []string{fmt.Sprintf(
			"line %d: offset %q: write a number and calendar, business or banking days, as in \"3 banking days\"", n.Line, n.Value)}}
	}
	days, _ := strconv.Atoi(m[1]) // at most three digits: the form says so
	*o = Offset{Days: days, Unit: Unit(m[2])}
	return nil
}

// String writes the offset as the policy file does.
func (o Offset) String() string { return fmt.Sprintf("%d %s days", o.Days, o.Unit) }

// Condition says for which invoices a step is done: any of its lines is enough.
type Condition struct {
	AmountAtLeastMinor int64 `yaml:"amount_at_least_minor"` // open balance in minor units
	NewCustomer        bool  `yaml:"new_customer"`          // has paid no invoice yet
	PaidLate           bool  `yaml:"paid_late"`             // an invoice of the last 12 months over 5 days late
	BrokePromise       bool  `yaml:"broke_promise"`
}

// Step is one rung of the ladder.
type Step struct {
	ID            StepID      `yaml:"id"`
	Stage         Stage       `yaml:"stage"`
	Label         string      `yaml:"label"` // business words: "stricter reminder"
	Do            Do          `yaml:"do"`
	After         Anchor      `yaml:"after"`
	Offset        Offset      `yaml:"offset"`
	Channels      []Channel   `yaml:"channels"`
	Template      string      `yaml:"template"`
	Tone          Tone        `yaml:"tone"`
	GapDays       int         `yaml:"gap_days"`            // 0: the policy's minimum gap
	OnlyIf        *Condition  `yaml:"only_if"`             // nil: always
	TermsAtLeast  int         `yaml:"terms_at_least_days"` // shorter payment terms skip the step
	ExpiresAfter  int         `yaml:"expires_after"`       // business days an open task stays on the list
	DeadlineAfter int         `yaml:"deadline_after"`      // business days to get a message out before a person is asked
	AnswerWithin  int         `yaml:"answer_within"`       // business days the customer or colleague is given
	IfUncertain   Uncertainty `yaml:"if_uncertain"`
	Approvals     []Role      `yaml:"approvals"` // each role must approve a hand-off
	CopyTo        []Colleague `yaml:"copy_to"`   // who gets a copy of a mail to the customer
}

// writesToCustomer reports whether the step sends the customer a message.
func (s *Step) writesToCustomer() bool {
	return s.Do == DoSendInvoice || s.Do == DoSendCopy || s.Do == DoMessage
}

// chases reports whether the step presses for payment: an invoice, its copy and a
// question to a colleague do not.
func (s *Step) chases() bool {
	return s.Do != DoSendInvoice && s.Do != DoSendCopy && s.Do != DoTask
}

// CountsAsContact reports whether the daily cap counts the step. Invoice mails and
// internal mails do not count; a call counts when it is made.
func (s *Step) CountsAsContact() bool { return s.Do == DoMessage }

// WritesToCustomer reports whether the step sends the customer something.
func (s *Step) WritesToCustomer() bool {
	return s.Do == DoMessage || s.Do == DoSendInvoice || s.Do == DoSendCopy
}

// beforeDue reports whether the step makes sense before the due date only. An invoice
// or a question to a colleague is late after it, but not senseless.
func (s *Step) beforeDue() bool {
	return s.After == AnchorDue && s.Offset.Days < 0 && s.chases()
}

// Bundles reports whether a message of the step may speak for other invoices of the customer
// that are due on the same day, and go along with theirs. A policy that says nothing about it
// bundles, whenever it was published.
func (p *Policy) Bundles(s *Step) bool {
	return s.CountsAsContact() && (p.Bundle == nil || *p.Bundle)
}

func (p *Policy) gap(s *Step) int {
	if s.GapDays > 0 {
		return s.GapDays
	}
	return p.MinimumGapDays
}

// Step finds a step; the engine's own steps are found in every policy.
func (p *Policy) Step(id StepID) (*Step, bool) {
	switch id {
	case StepDeliveryCheck:
		return &deliveryCheck, true
	case StepInvoiceCopy:
		return &invoiceCopy, true
	default: // stands in the policy or nowhere
	}
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return nil, false
	}
	return &p.Steps[i], true
}

// Next is the step after the given one.
func (p *Policy) Next(id StepID) (*Step, bool) {
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == id })
	if i < 0 || i+1 == len(p.Steps) {
		return nil, false
	}
	return &p.Steps[i+1], true
}

// ContentHash identifies a policy's text: hex SHA-256.
func ContentHash(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}

// Shipped is the text of a policy that comes with the product.
func Shipped(id string) ([]byte, error) {
	b, err := shipped.ReadFile("policies/" + id + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("policy %q is not shipped: take standard, key-accounts or manual", id)
	}
	return b, nil
}

// maxPolicyBytes bounds a policy file.
const maxPolicyBytes = 64 << 10

// ParsePolicy reads a policy file. The error names every fault.
func ParsePolicy(source []byte) (*Policy, error) {
	if len(source) > maxPolicyBytes {
		return nil, fmt.Errorf("policy file is %d bytes long; %d are allowed", len(source), maxPolicyBytes)
	}
	var p Policy
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	err := dec.Decode(&p)
	var mistyped *yaml.TypeError
	switch {
	case errors.As(err, &mistyped): // the rest was read, so its faults are named too
	case errors.Is(err, io.EOF): // an empty file lacks everything
		err = nil
	case err != nil:
		return nil, fmt.Errorf("read policy: %w", err)
	}
	if more := dec.Decode(new(yaml.Node)); !errors.Is(more, io.EOF) {
		err = errors.Join(err, errors.New("one policy to a file: more follows after ---"))
	}
	if err := errors.Join(err, p.check()); err != nil {
		return nil, fmt.Errorf("policy %q: %w", p.ID, err)
	}
	return &p, nil
}

// maxDays bounds every number of days, as the form of an offset does: business days are
// counted one by one.
const maxDays = 999

func isDays(n int) bool { return n >= 0 && n <= maxDays }

var slugForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

func (p *Policy) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if !slugForm.MatchString(p.ID) {
		fault("policy: give a name of lower-case letters, digits and dashes, at most 40 characters")
	}
	if len(p.Steps) == 0 || len(p.Steps) > 30 {
		fault("steps: give between 1 and 30 steps; there are %d", len(p.Steps))
	}
	if !isDays(p.MinimumGapDays) || p.MinimumAmountMinor < 0 {
		fault("minimum_gap_days is 0 to %d, and minimum_amount_minor must not be negative", maxDays)
	}
	faults = append(faults, p.checkHours()...)
	seen := map[StepID]bool{}
	tone := ToneNone
	for i := range p.Steps {
		s := &p.Steps[i]
		if seen[s.ID] {
			fault("step %q: the id stands twice", s.ID)
		}
		seen[s.ID] = true
		faults = append(faults, s.check()...)
		if s.Do != DoMessage {
			continue
		}
		if s.Tone < tone || s.Tone > tone+1 {
			fault("step %q: tone %d after %d: a tone climbs one rung at a time", s.ID, s.Tone, tone)
		}
		tone = s.Tone
	}
	return errors.Join(faults...)
}

func (s *Step) check() []error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("step %q: "+format, append([]any{s.ID}, args...)...))
	}
	if !slugForm.MatchString(string(s.ID)) || s.ID == StepDeliveryCheck || s.ID == StepInvoiceCopy || s.ID == StepAgencyRecall {
		fault("id: give lower-case letters, digits and underscores; %s, %s and %s are the engine's own",
			StepDeliveryCheck, StepInvoiceCopy, StepAgencyRecall)
	}
	if s.Label == "" {
		fault("label: say in business words what the step is")
	}
	oneOf(fault, "stage", s.Stage, StageInvoice, StageCourtesyCall, StageReminder, StageStricterReminder, StageSalesEscalation, StageAgency)
	oneOf(fault, "do", s.Do, DoSendInvoice, DoCall, DoMessage, DoEscalate, DoHandOff, DoTask)
	oneOf(fault, "after", s.After, AnchorDelivery, AnchorDue, AnchorPrevious)
	if s.Offset.Unit == "" {
		fault("offset: give a number of days, as in \"0 calendar days\"")
	}
	if s.writesToCustomer() {
		if len(s.Channels) == 0 || s.Template == "" {
			fault("a message needs channels and a template")
		}
		oneOf(fault, "if_uncertain", s.IfUncertain, ResendOnce, AskPerson)
	}
	for _, c := range s.Channels {
		oneOf(fault, "channels", c, ChannelEmail, ChannelSMS)
	}
	if s.Tone > ToneFinal || s.Tone < ToneNone || (s.Do == DoMessage) != (s.Tone != ToneNone) {
		fault("tone: a message is 1 (friendly), 2 (firm) or 3 (final); other steps have none")
	}
	if (s.Do == DoHandOff) != (len(s.Approvals) > 0) {
		fault("approvals: a hand-off, and nothing else, names the roles that approve it")
	}
	for _, r := range s.Approvals {
		oneOf(fault, "approvals", r, RoleFinance, RoleSales)
	}
	s.checkCopies(fault)
	for _, days := range []int{s.GapDays, s.ExpiresAfter, s.DeadlineAfter, s.AnswerWithin, s.TermsAtLeast} {
		if !isDays(days) {
			fault("%d days: a number of days is 0 to %d", days, maxDays)
		}
	}
	return faults
}

func (s *Step) checkCopies(fault func(string, ...any)) {
	for _, who := range s.CopyTo {
		oneOf(fault, "copy_to", who, AccountManager)
	}
	if len(s.CopyTo) > 1 || (len(s.CopyTo) > 0 && (!s.writesToCustomer() || !slices.Contains(s.Channels, ChannelEmail))) {
		fault("copy_to: name account_manager once, on a step that writes to the customer by email")
	}
}

func oneOf[T ~string](fault func(string, ...any), field string, got T, allowed ...T) {
	if slices.Contains(allowed, got) {
		return
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	fault("%s: %q is none of %s", field, got, strings.Join(names, ", "))
}
