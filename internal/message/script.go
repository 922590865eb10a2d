package message

import "fmt"

// CallKind says why a collector calls.
//
// Values are stored in tables: never rename.
type CallKind string

// The calls.
const (
	// CallCourtesy comes before the due date. Nothing is due, so it asks
	// whether all is well and demands nothing.
	CallCourtesy CallKind = "courtesy"
	// CallOverdue comes after the due date.
	CallOverdue CallKind = "overdue"
)

// OutcomeCode says how a call ended.
//
// Values are stored in tables and histories: never rename or reorder.
type OutcomeCode string

// The outcomes, in the order a collector sees them: first what a talk may
// bring, then whom the call reached.
const (
	WillPay       OutcomeCode = "will_pay"       // with the date
	Paid          OutcomeCode = "paid"           // with the date and the reference
	Dispute       OutcomeCode = "dispute"        // with the reason
	NeedsCopy     OutcomeCode = "needs_copy"     // of the invoice
	NeedsPO       OutcomeCode = "needs_po"       // a purchase order number is missing
	ChangeContact OutcomeCode = "change_contact" // somebody else is to be called
	Callback      OutcomeCode = "callback"       // with the time
	RightParty    OutcomeCode = "right_party"    // reached, nothing agreed
	Gatekeeper    OutcomeCode = "gatekeeper"     // reached somebody else only
	Voicemail     OutcomeCode = "voicemail"
	NoAnswer      OutcomeCode = "no_answer"
	WrongNumber   OutcomeCode = "wrong_number"
)

// OutcomeCodes returns every code in the order above.
func OutcomeCodes() []OutcomeCode {
	return []OutcomeCode{
		WillPay, Paid, Dispute, NeedsCopy, NeedsPO, ChangeContact, Callback,
		RightParty, Gatekeeper, Voicemail, NoAnswer, WrongNumber,
	}
}

// OutcomeHint is an outcome with its name for a button.
type OutcomeHint struct {
	Code  OutcomeCode
	Label string
}

// Script is what a collector says, in the customer's language. Opener and
// IfVoicemail name no invoice and no sum: whoever hears them may not be the
// person who should know.
type Script struct {
	Opener      string   // who calls, and for whom
	Purpose     string   // said to the right person only
	Questions   []string // one at a time
	IfReached   string   // to end the talk
	IfVoicemail string
	IfProblem   string // something is wrong with the invoice or the delivery
	Outcomes    []OutcomeHint
}

var scriptNeeds = []field{creditorName, phone, customerName, number, dueDate, open}

// CallScript writes the script of a call by the named caller, in the language
// (a region is ignored).
//
// Errors: a *MissingError, which names the caller as "caller"; [ErrLanguage];
// or [ErrTemplate] for an unknown kind. None holds a value of the data.
func CallScript(kind CallKind, language string, d Data, caller string) (Script, error) {
	if !Supported(language) {
		return Script{}, fmt.Errorf("%w: %q", ErrLanguage, language)
	}
	if kind != CallCourtesy && kind != CallOverdue {
		return Script{}, fmt.Errorf("%w for a call: %q", ErrTemplate, kind)
	}
	caller = OneLine(caller)
	named := field{"caller", func(*Data) bool { return caller != "" }}
	d = clean(d)
	if err := lacking("call."+string(kind), together(scriptNeeds, []field{named}), d); err != nil {
		return Script{}, err
	}
	language = baseLanguage(language)
	f := newFacts(language, d)
	f.Caller = caller
	s, err := newSpeaker(language, f)
	if err != nil {
		return Script{}, err
	}
	script := s.script(string(kind))
	return script, s.err
}

func (s *speaker) script(kind string) Script {
	script := Script{
		Opener:      s.say(kind + ".opener"),
		Purpose:     s.say(kind + ".purpose"),
		Questions:   s.paragraphs(kind + ".questions"),
		IfReached:   s.say(kind + ".if_reached"),
		IfVoicemail: s.say(kind + ".if_voicemail"),
		IfProblem:   s.say(kind + ".if_problem"),
	}
	for _, code := range OutcomeCodes() {
		script.Outcomes = append(script.Outcomes, OutcomeHint{code, s.say("outcome." + string(code))})
	}
	return script
}
