package law

import "maan/internal/calendar"

// noticeDays is the free term of Dutch and Belgian consumers.
const noticeDays = 14

// Sending is how and when a letter or mail to a consumer went out.
type Sending struct {
	Sent calendar.Date
	// ByMail says that it went by e-mail, which arrives on the day it is sent.
	ByMail bool
	// Delivered is the day of a proven delivery; zero: it is presumed.
	Delivered calendar.Date
}

// NoticeDates are the days of a free term. The Legal ones are the least that
// the law asks; the others leave room for late post, and are the ones to use.
type NoticeDates struct {
	Law              string        `json:"law"`
	Sent             calendar.Date `json:"sent"`
	DeliveredOn      calendar.Date `json:"delivered_on"` // proven or presumed
	FirstDay         calendar.Date `json:"first_day"`
	LegalLastDay     calendar.Date `json:"legal_last_day"`
	LegalClaimFrom   calendar.Date `json:"legal_claim_from"`
	LastDay          calendar.Date `json:"last_day"`
	ClaimCostsFrom   calendar.Date `json:"claim_costs_from"`
	PresumedDelivery bool          `json:"presumed_delivery"`
}

// LetterRoom is the room a [FourteenDayLetter] leaves, in days. It is a
// setting: practice differs.
type LetterRoom struct {
	DeliveryDays int // business days of the post
	SafetyDays   int // calendar days on top of the term
}

// DefaultRoom is what the engine leaves where nobody sets it otherwise.
var DefaultRoom = LetterRoom{DeliveryDays: 2, SafetyDays: 3}

// FourteenDayLetter computes the days of the Dutch letter without which a
// consumer owes no costs (art. 6:96(6) BW; HR 25 November 2016,
// ECLI:NL:HR:2016:2704). Its 14 days begin on the day after receipt: by post the
// next business day at the least. The engine's own last day leaves room and is
// moved forward to a business day; it is never before the legal one.
func FourteenDayLetter(s Sending, room LetterRoom) (NoticeDates, error) {
	f := s.check()
	if room.DeliveryDays < 1 || room.DeliveryDays > maxRoom || room.SafetyDays < 0 || room.SafetyDays > maxRoom {
		f.add("room: write 1 to %d days of delivery and 0 to %d of safety", maxRoom, maxRoom)
	}
	if err := f.all(); err != nil {
		return NoticeDates{}, err
	}
	dutch := calendar.For("NL", "")
	legal, likely := s.Delivered, s.Delivered
	switch {
	case !s.Delivered.IsZero():
	case s.ByMail:
		legal, likely = s.Sent, s.Sent
	default:
		legal, likely = dutch.AddBusinessDays(s.Sent, 1), dutch.AddBusinessDays(s.Sent, room.DeliveryDays)
	}
	return NoticeDates{
		Law: "art. 6:96(6) BW", Sent: s.Sent, DeliveredOn: legal, PresumedDelivery: s.Delivered.IsZero(),
		FirstDay: legal.AddDays(1), LegalLastDay: legal.AddDays(noticeDays), LegalClaimFrom: legal.AddDays(noticeDays + 1),
		LastDay: dutch.OnOrAfter(likely.AddDays(noticeDays + room.SafetyDays)),
	}.claimAfterLastDay(), nil
}

// postWorkingDays is how many working days after a Belgian letter its term
// begins.
const postWorkingDays = 3

// BelgianFirstReminder computes the days of the free first reminder (art. XIX.2
// WER/CDE): 14 calendar days from the day after an e-mail, and after the third
// working day that follows a letter. Working days are Monday to Friday less
// holidays, the longer reading.
func BelgianFirstReminder(s Sending) (NoticeDates, error) {
	f := s.check()
	if err := f.all(); err != nil {
		return NoticeDates{}, err
	}
	arrival := s.Sent
	if !s.ByMail {
		arrival = calendar.For("BE", "").AddBusinessDays(s.Sent, postWorkingDays)
	}
	arrival = later(arrival, s.Delivered)
	last := arrival.AddDays(noticeDays)
	return NoticeDates{
		Law: "art. XIX.2 WER/CDE", Sent: s.Sent, DeliveredOn: arrival, PresumedDelivery: s.Delivered.IsZero(),
		FirstDay: arrival.AddDays(1), LegalLastDay: last, LegalClaimFrom: last.AddDays(1), LastDay: last,
	}.claimAfterLastDay(), nil
}

// maxRoom bounds the room of a letter: beyond it the number is a mistake.
const maxRoom = 60

func (s Sending) check() faults {
	var f faults
	f.day("sent", s.Sent)
	f.optionalDay("delivered", s.Delivered)
	if !s.Delivered.IsZero() && s.Delivered.Before(s.Sent) {
		f.add("delivered: the day lies before the day of sending")
	}
	return f
}

func (d NoticeDates) claimAfterLastDay() NoticeDates {
	d.ClaimCostsFrom = d.LastDay.AddDays(1)
	return d
}
