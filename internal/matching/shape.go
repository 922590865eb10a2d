package matching

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"maan/internal/calendar"
	"maan/internal/reference"
)

const (
	longestIBAN      = 34
	longestReference = 25
	// uncheckedKenmerk is the length of the betalingskenmerk without a check
	// digit: in text it is a number like any other.
	uncheckedKenmerk = 7
)

// hideIBANs hides account numbers, mistyped ones included when they stand in one
// piece or in groups of four.
func (s *scanner) hideIBANs() {
	for i := range s.cs {
		head := s.cs[i].text
		if s.cs[i].hidden || len(head) < 4 || s.cs[i].digits || !reference.OnlyDigits(head[2:4]) {
			continue
		}
		for j, groups := i+1, true; j <= len(s.cs) && groups; j++ {
			account := joined(s.cs, i, j)
			if len(account) > longestIBAN {
				break
			}
			if isAccount(account) {
				hide(s.cs, i, j)
				break
			}
			groups = len(s.cs[j-1].text) == 4 && j < len(s.cs) && s.cs[j].joint == loose
		}
	}
}

func isAccount(text string) bool {
	_, err := reference.CheckIBAN(text)
	var refused *reference.Error
	return err == nil || (errors.As(err, &refused) && refused.Code == reference.BadCheckDigits)
}

// findReferences finds the structured references of our documents. Only references
// with right check digits are in the index, so a mistyped one is no reference.
func (s *scanner) findReferences() {
	for i := 0; i < len(s.cs); i++ {
		if !s.mayBeginReference(i) {
			continue
		}
		end, key := i, ""
		for j := i + 1; j <= len(s.cs) && !s.cs[j-1].hidden && (j == i+1 || s.cs[j-1].joint != apart); j++ {
			text := joined(s.cs, i, j)
			if len(text) > longestReference {
				break
			}
			inside := j < len(s.cs) && s.cs[j].joint == tight && s.cs[j].digits
			unchecked := len(text) == uncheckedKenmerk && reference.OnlyDigits(text)
			if _, known := s.ix.byReference[text]; known && !inside && !unchecked {
				end, key = j, text
			}
		}
		if end > i {
			s.references = append(s.references, hit{key, s.ix.byReference[key], EvidenceReference})
			hide(s.cs, i, end)
			i = end - 1
		}
	}
}

func (s *scanner) mayBeginReference(i int) bool {
	c := &s.cs[i]
	switch {
	case c.hidden:
		return false
	case c.digits:
		return c.joint != tight || !s.cs[i-1].digits // not inside longer digits
	}
	return strings.HasPrefix(c.text, "RF")
}

// hideAmounts hides what a currency or a decimal mark makes an amount.
func (s *scanner) hideAmounts() {
	for i := range s.cs {
		s.currency(i)
		s.decimals(i)
	}
	for i := 0; i < len(s.cs); i = compositeEnd(s.cs, i) {
		if j := compositeEnd(s.cs, i); isDottedAmount(s.cs, i, j) {
			s.onlyAsSpelled(i, j)
			s.hideThousands(i)
		}
	}
}

// currency hides the number next to a currency: the one behind it, else the
// one before it.
func (s *scanner) currency(i int) {
	c := &s.cs[i]
	if currencyWords[c.text] {
		next := i + 1
		if next < len(s.cs) && s.cs[next].digits && strings.TrimLeft(s.cs[next].before, " :.") == "" {
			s.hideAmount(next)
		} else if i > 0 && s.cs[i-1].digits && c.joint != apart {
			s.hideAmount(i - 1)
		}
		return
	}
	sign := strings.IndexAny(c.before, "€$£")
	behind := ""
	if i == len(s.cs)-1 {
		behind = s.text[c.end:]
	}
	switch {
	case c.digits && strings.IndexAny(strings.TrimLeft(behind, " "), "€$£") == 0:
		s.hideAmount(i)
	case sign < 0:
	case i > 0 && s.cs[i-1].digits && (sign == 0 && c.before[len(c.before)-1] == ' ' || !c.digits):
		s.hideAmount(i - 1)
	case c.digits:
		s.hideAmount(i)
	}
}

// decimals hides digits with a decimal comma: 1.210,00 or 12,5.
func (s *scanner) decimals(i int) {
	c := &s.cs[i]
	if i == 0 || c.before != "," || !c.digits || len(c.text) > 2 || !s.cs[i-1].digits || (i+1 < len(s.cs) && s.cs[i+1].joint == tight) {
		return
	}
	for k := i - 1; s.cs[k].joint == tight; k-- {
		if s.cs[k].before != "." || !s.cs[k-1].digits {
			return // a list: 2026-0101,12
		}
	}
	hide(s.cs, i, i+1)
	s.hideAmount(i - 1)
}

// hideAmount hides the digits that hang tightly together around i, and the
// thousands before them.
func (s *scanner) hideAmount(i int) {
	start, end := i, i+1
	for s.cs[start].joint == tight && start > 0 && s.cs[start-1].digits {
		start--
	}
	for end < len(s.cs) && s.cs[end].digits && (s.cs[end].joint == tight || (s.cs[end].joint == loose && len(s.cs[end].text) == 3 && len(s.cs[end-1].text) <= 3)) {
		end++
	}
	hide(s.cs, start, end)
	s.hideThousands(start)
}

// hideThousands hides the groups before a group of three: the 1 of "1 210,00".
func (s *scanner) hideThousands(i int) {
	for i > 0 && s.cs[i].joint == loose && len(s.cs[i].text) == 3 && s.cs[i-1].digits && len(s.cs[i-1].text) <= 3 {
		i--
		hide(s.cs, i, i+1)
	}
}

// isDottedAmount reports whether a whole composite reads 1210.00, 1.210.00 or
// 1.234.567.
func isDottedAmount(cs []chunk, i, j int) bool {
	if j-i < 2 || !allDigits(cs, i, j) {
		return false
	}
	for k := i + 1; k < j; k++ {
		last := k == j-1
		if cs[k].before != "." || (len(cs[k].text) != 3 && (!last || len(cs[k].text) != 2)) {
			return false
		}
	}
	return len(cs[i].text) <= 3 || (j == i+2 && len(cs[j-1].text) == 2)
}

// hideDates hides dates and months in digits.
func (s *scanner) hideDates() {
	for i := range s.cs {
		if s.cs[i].hidden || s.cs[i].joint == tight || (s.cs[i].joint == loose && s.cs[i-1].digits) {
			continue
		}
		j := i + 1
		for j < len(s.cs) && s.cs[j].digits && s.cs[j].joint != apart && s.cs[j].joint == s.cs[i+1].joint {
			j++
		}
		whole := j == len(s.cs) || s.cs[j].joint != tight // no A behind 2026-01
		if whole && allDigits(s.cs, i, j) && isDate(s.cs[i:j]) {
			s.onlyAsSpelled(i, j)
		}
	}
}

// isDate reports whether digit chunks are a day or a month. Eight digits in one
// piece are a date only when a zero leads them, for it would be stripped.
func isDate(cs []chunk) bool {
	part := make([]string, 0, len(cs))
	for i := range cs {
		part = append(part, cs[i].text)
	}
	switch len(part) {
	case 1:
		d := part[0]
		if d[0] != '0' || (len(d) != 6 && len(d) != 8) {
			return false
		}
		return isDay(d[4:], d[2:4], d[:2])
	case 2:
		return (isYear(part[0]) && inRange(part[1], 12)) || (isYear(part[1]) && inRange(part[0], 12))
	case 3:
		if cs[1].joint == loose && !isYear(part[0]) && !isYear(part[2]) {
			return false // 12 34 56 is any number in groups
		}
		return isDay(part[0], part[1], part[2]) || isDay(part[2], part[1], part[0]) || isDay(part[2], part[0], part[1])
	}
	return false
}

func isDay(year, month, day string) bool {
	if !isYear(year) && len(year) != 2 || !inRange(month, 12) || !inRange(day, 31) {
		return false
	}
	y, _ := strconv.Atoi(year)
	if len(year) == 2 {
		y += 2000
	}
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	return calendar.NewDate(y, time.Month(m), d).Day == d
}

func inRange(s string, most int) bool {
	n, err := strconv.Atoi(s)
	return err == nil && len(s) <= 2 && n >= 1 && n <= most
}

// hidePhones hides telephone numbers: behind a word for one, behind a '+' or 00,
// or with a leading zero and 9 to 12 digits. Digit groups that are our numbers
// from the first to the last hold none, unless they begin like one.
func (s *scanner) hidePhones() {
	tiled := 0 // up to where groups were looked up
	for i := 0; i < len(s.cs); i++ {
		c := &s.cs[i]
		if !c.digits || c.hidden || (c.joint == tight && s.cs[i-1].digits) || s.hidePhone(i) || i < tiled {
			continue
		}
		if tiled = s.looseEnd(i); tiled > i+1 {
			if _, whole := s.tile(i, tiled); whole {
				i = tiled - 1
			}
		}
	}
}

// hidePhone hides a telephone number that begins at i.
func (s *scanner) hidePhone(i int) bool {
	const fewest, most, international, longest = 9, 12, 10, 15
	c := &s.cs[i]
	switch {
	case i > 0 && phoneLabels[s.cs[i-1].text] && len(c.before) <= 3:
		end := s.phoneEnd(i, 1, longest)
		hide(s.cs, i, end)
		return end > i
	case strings.HasSuffix(c.before, "+") && !strings.HasSuffix(c.before, "++") && (i == 0 || len(c.before) > 1):
		end := s.phoneEnd(i, international, longest)
		hide(s.cs, i, end)
		return end > i
	}
	end := i
	if strings.HasPrefix(c.text, "00") {
		end = s.phoneEnd(i, international, longest)
	} else if c.text[0] == '0' {
		end = s.phoneEnd(i, fewest, most)
	}
	if end > i {
		s.onlyAsSpelled(i, end)
	}
	return end > i
}

// phoneEnd is the end of the fewest digit chunks from i on that have so many
// digits, whole composites only; with a fewest of one it is that of the most.
func (s *scanner) phoneEnd(i, fewest, most int) (end int) {
	end = i
	total := 0
	for j := i; j < len(s.cs) && s.cs[j].digits && !s.cs[j].hidden && (j == i || s.cs[j].joint != apart); j++ {
		if total += len(s.cs[j].text); total > most {
			break
		}
		if total < fewest {
			continue
		}
		end = j + 1
		if fewest > 1 && (end == len(s.cs) || s.cs[end].joint != tight) {
			break
		}
	}
	return end
}
