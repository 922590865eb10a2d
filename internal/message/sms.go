package message

import (
	"fmt"
	"strings"
)

const (
	maxSegments = 2
	// minSender is the least of the creditor's name that a customer can
	// recognise, in characters.
	minSender = 10
)

// RenderSMS writes the text message in the language (a region is ignored): who,
// which invoice, how much, since when, and whom to call; never an IBAN. Only
// Reminder and StricterReminder have one. The text is GSM 7-bit and has at most
// two segments; the creditor's name is cut where it must be.
//
// Errors: a *MissingError; [ErrLanguage]; [ErrTemplate]; or [ErrTooLong], for
// an invoice number that leaves no room. None holds a value of the data.
func RenderSMS(t Template, language string, d Data) (SMS, error) {
	if !Supported(language) {
		return SMS{}, fmt.Errorf("%w: %q", ErrLanguage, language)
	}
	needs, ok := smsNeeds[t]
	if !ok {
		return SMS{}, fmt.Errorf("%w for SMS: %q", ErrTemplate, t)
	}
	d = clean(d)
	if err := lacking(string(t)+".sms", needs, d); err != nil {
		return SMS{}, err
	}
	language = baseLanguage(language)
	text, err := fit(language, string(t)+".sms", d.Creditor.Name, newFacts(language, d))
	if err != nil {
		return SMS{}, err
	}
	return SMS{
		Text: text, Segments: gsmSegments(text),
		Template: t, Version: Version, Language: language, SHA256: digest(text),
	}, nil
}

// fit renders the text, with less of the creditor's name until it fits.
func fit(language, key, creditor string, f *facts) (string, error) {
	s, err := newSpeaker(language, f)
	if err != nil {
		return "", err
	}
	name, _ := GSM7(creditor)
	for sender := []rune(OneLine(name)); ; sender = sender[:len(sender)-1] {
		f.Sender = strings.TrimRight(string(sender), " ,.-&")
		text, _ := GSM7(s.say(key))
		switch {
		case s.err != nil:
			return "", s.err
		case gsmSegments(text) <= maxSegments:
			return text, nil
		case len(sender) <= minSender:
			return "", fmt.Errorf("%w: %q in %s: shorten the invoice number or send a mail only", ErrTooLong, key, language)
		}
	}
}
