package sheet

import (
	"strings"
	"time"

	"maan/internal/calendar"
)

// DateFormat is how a file writes its dates. Days and months may lack their leading
// zero; a year has four digits; midnight may follow, as databases write it.
type DateFormat string

// The formats; a Mapping names them.
const (
	DateISO     DateFormat = "yyyy-mm-dd"
	DateDashes  DateFormat = "dd-mm-yyyy"
	DateSlashes DateFormat = "dd/mm/yyyy"
	DateDots    DateFormat = "dd.mm.yyyy"
	DateUS      DateFormat = "mm/dd/yyyy"
)

var dateFormats = []DateFormat{DateISO, DateDashes, DateSlashes, DateDots, DateUS}

// Parse reads a date that is written in this format; ok is false for any other text
// and for a day that does not exist.
func (f DateFormat) Parse(text string) (d calendar.Date, ok bool) {
	w, ok := splitDate(text)
	if !ok || w.shape != f.shape() {
		return calendar.Date{}, false
	}
	return w.read(f == DateUS)
}

// shape is what tells formats apart without reading: the two formats with slashes have
// the same one.
func (f DateFormat) shape() DateFormat {
	if f == DateUS {
		return DateSlashes
	}
	return f
}

// written is a date cut into its numbers.
type written struct {
	shape               DateFormat
	first, second, year int
}

// splitDate cuts a date of any format.
func splitDate(text string) (written, bool) {
	if i := strings.IndexAny(text, " T"); i > 0 && strings.Trim(text[i+1:], "0:.Z") == "" {
		text = text[:i]
	}
	i := strings.IndexAny(text, "-/.")
	if i <= 0 {
		return written{}, false
	}
	j := strings.IndexByte(text[i+1:], text[i])
	if j <= 0 {
		return written{}, false
	}
	head, middle, tail := text[:i], text[i+1:i+1+j], text[i+j+2:]
	w := written{shape: map[byte]DateFormat{'-': DateDashes, '/': DateSlashes, '.': DateDots}[text[i]]}
	if len(head) == 4 && text[i] == '-' {
		w.shape, head, tail = DateISO, tail, head
	}
	if len(head) > 2 || len(middle) > 2 || len(tail) != 4 {
		return written{}, false
	}
	var ok1, ok2, ok3 bool
	w.first, ok1 = digits(head)
	w.second, ok2 = digits(middle)
	w.year, ok3 = digits(tail)
	return w, ok1 && ok2 && ok3
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

// read is the day, if it exists. The ISO format has its day in first, too.
func (w written) read(monthFirst bool) (calendar.Date, bool) {
	day, month := w.first, w.second
	if monthFirst {
		day, month = month, day
	}
	d := calendar.Date{Year: w.year, Month: time.Month(month), Day: day}
	if w.year == 0 || d != calendar.NewDate(w.year, time.Month(month), day) {
		return calendar.Date{}, false
	}
	return d, true
}

// place is a cell of the file.
type place struct {
	line          int
	column, field string
}

func (p place) fault(code Code, message, mend string) Fault {
	return Fault{Line: p.line, Column: p.column, Field: p.field, Code: code, Message: message, Mend: mend}
}

// dateSurvey collects how the dates of a file can be read.
type dateSurvey map[DateFormat]*readings

// readings counts the values of one shape: which can be read one way only, and which
// both ways with different days.
type readings struct {
	count             int
	dayFirst, usFirst reading
	both              place
}

type reading struct {
	count int
	first place
}

func (s dateSurvey) add(text string, at place) {
	w, ok := splitDate(text)
	if !ok {
		return
	}
	r := s[w.shape]
	if r == nil {
		r = new(readings)
		s[w.shape] = r
	}
	european, dayFirst := w.read(false)
	american, monthFirst := w.read(true)
	switch {
	case !dayFirst && !monthFirst: // no date at all, and no evidence
		return
	case w.shape == DateISO:
	case dayFirst && monthFirst:
		if european != american && r.both.line == 0 {
			r.both = at
		}
	case dayFirst:
		r.dayFirst.add(at)
	default:
		r.usFirst.add(at)
	}
	r.count++
}

func (r *reading) add(at place) {
	if r.count == 0 {
		r.first = at
	}
	r.count++
}

// decide takes the shape that most values have; the others are faults of their rows.
// Within the shape the day's place must be certain as soon as one value can be read
// both ways.
func (s dateSurvey) decide() (DateFormat, []Fault) {
	shape, most := DateISO, 0
	for _, f := range dateFormats {
		if r := s[f]; r != nil && r.count > most {
			shape, most = f, r.count
		}
	}
	r := s[shape]
	if r == nil || shape == DateISO {
		return DateISO, nil
	}
	slashes, certain := shape == DateSlashes, r.both.line == 0
	switch {
	case slashes && r.usFirst.count > r.dayFirst.count && (certain || r.dayFirst.count == 0):
		return DateUS, nil
	case certain, r.usFirst.count == 0 && (r.dayFirst.count > 0 || !slashes): // no format with dashes or dots has the month first
		return shape, nil
	}
	return "", r.undecided()
}

// undecided asks for the format, at one example of each reading.
func (r *readings) undecided() []Fault {
	var faults []Fault
	ask := func(at place, message string) {
		faults = append(faults, at.fault(CodeUndecidedDates, message,
			"state date_format in the mapping: dd/mm/yyyy or mm/dd/yyyy; with dashes or dots the day comes first"))
	}
	if r.usFirst.count == 0 {
		ask(r.both, "every date can be read with the day first and with the month first; this is the first of them")
		return faults
	}
	ask(r.usFirst.first, "this date has its month first, and others of the file can be read otherwise")
	if r.dayFirst.count > 0 {
		ask(r.dayFirst.first, "this date has its day first, and others of the file their month")
	}
	return faults
}
