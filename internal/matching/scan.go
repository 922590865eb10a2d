package matching

import "unicode/utf8"

// mostJoined is how many chunks a number is looked for in.
const mostJoined = 5

// scanner finds references and numbers of the index in one text.
type scanner struct {
	ix   *Index
	text string
	cs   []chunk

	references []hit
	numbers    []hit
}

// hit is a key of the index that a payment names, with all items that have it.
type hit struct {
	key   string
	items []int
	code  EvidenceCode
}

// scan reads a text. What is no number of ours is hidden first, so that nothing
// inside it matches.
func (ix *Index) scan(text string) (references, numbers []hit) {
	s := &scanner{ix: ix, cs: chunks(text), text: bounded(text)}
	s.hideIBANs()
	s.findReferences()
	s.hideAmounts()
	s.hideDates()
	s.hidePhones()
	s.findNumbers()
	return s.references, s.numbers
}

// onlyAsSpelled takes the chunks for a document's number only when it is
// spelled like them, and hides them in any case.
func (s *scanner) onlyAsSpelled(i, j int) {
	if anyHidden(s.cs, i, j) {
		hide(s.cs, i, j)
		return
	}
	hide(s.cs, i, j)
	if h, found := s.spelled(i, j); found {
		s.numbers = append(s.numbers, h)
	}
}

// spelled looks up the documents whose number is written like the chunks.
func (s *scanner) spelled(i, j int) (h hit, found bool) {
	key, text := numberKey(joined(s.cs, i, j)), s.text[s.cs[i].start:s.cs[j-1].end]
	if !telling(key) {
		return hit{}, false
	}
	var items []int
	for _, n := range s.ix.byNumber[key] {
		if it := &s.ix.items[n]; sameSpelling(it.Number, text) || sameSpelling(it.PaymentReference, text) {
			items = append(items, n)
		}
	}
	return hit{key, items, EvidenceNumberText}, len(items) > 0
}

// findNumbers walks over the composites: what hangs tightly together is one
// number, or several in a row, or nothing.
func (s *scanner) findNumbers() {
	for i := 0; i < len(s.cs); {
		j := compositeEnd(s.cs, i)
		switch {
		case anyHidden(s.cs, i, j):
		case j == i+1 && s.cs[i].digits:
			j = s.digitGroups(i)
		case j == i+1 && s.prefixed(i):
			j = s.looseEnd(i + 1)
		default:
			hits, _ := s.tile(i, j)
			s.numbers = append(s.numbers, hits...)
		}
		i = j
	}
}

// known looks the chunks up as one number; of FACT20260101 also what stands
// behind the label.
func (s *scanner) known(i, j int) (h hit, found bool) {
	if j > i+1 && allDigits(s.cs, i, j) && isDate(s.cs[i:j]) {
		return s.spelled(i, j)
	}
	text := joined(s.cs, i, j)
	if h, found = s.number(text); found {
		return h, true
	}
	label := 0
	for label < len(text) && !isDigit(rune(text[label])) {
		label++
	}
	if label == 0 || label == len(text) || !labels[text[:label]] {
		return hit{}, false
	}
	return s.number(text[label:])
}

func (s *scanner) number(text string) (h hit, found bool) {
	key := numberKey(text)
	if !telling(key) {
		return hit{}, false
	}
	items := s.ix.byNumber[key]
	return hit{key, items, EvidenceNumberText}, len(items) > 0
}

// looseEnd is the end of the single digit chunks, one space apart, from i on.
func (s *scanner) looseEnd(i int) int {
	j := i
	for j < len(s.cs) && s.cs[j].digits && !s.cs[j].hidden && (j == i || s.cs[j].joint == loose) && compositeEnd(s.cs, j) == j+1 {
		j++
	}
	return j
}

// digitGroups reads digits with spaces between them. Short groups are a number
// only all together, for they may be part of a longer one, such as a card's;
// five digits and more stand for themselves.
func (s *scanner) digitGroups(i int) (end int) {
	const longGroup = 5
	end = s.looseEnd(i)
	if all, whole := s.tile(i, end); whole {
		s.numbers = append(s.numbers, all...)
		return end
	}
	for k := i; k < end; k++ {
		if h, known := s.known(k, k+1); known && len(s.cs[k].text) >= longGroup {
			s.numbers = append(s.numbers, h)
		}
	}
	return end
}

// prefixed reads letters and then digit groups as one number: CN 12.
func (s *scanner) prefixed(i int) bool {
	if i+1 >= len(s.cs) || s.cs[i+1].joint != loose {
		return false
	}
	end := s.looseEnd(i + 1)
	for j := min(end, i+mostJoined); j > i+1; j-- {
		h, known := s.known(i, j)
		if !known {
			continue
		}
		if rest, whole := s.tile(j, end); whole {
			s.numbers = append(append(s.numbers, h), rest...)
			return true
		}
	}
	return false
}

// tile covers the chunks from i up to but not including end with known numbers,
// the longest first; whole is false when something is left over. Words may
// stand before a number and, behind '/' or '.', after it.
func (s *scanner) tile(i, end int) (hits []hit, whole bool) {
	dead := make(map[int]bool) // where no cover begins
	var cover func(at int) ([]hit, bool)
	cover = func(at int) ([]hit, bool) {
		if at == end {
			return nil, true
		}
		if dead[at] {
			return nil, false
		}
		for j := min(end, at+mostJoined); j > at; j-- {
			if h, known := s.known(at, j); known {
				if rest, ok := cover(j); ok {
					return append(rest, h), true
				}
			}
		}
		if s.isWord(at, i) {
			if rest, ok := cover(at + 1); ok {
				return rest, true
			}
		}
		dead[at] = true
		return nil, false
	}
	return cover(i)
}

// isWord reports whether the chunk is a word beside a number and no part of it:
// 2026-0101-A is another number, 2026-0101/ACME is not.
func (s *scanner) isWord(at, first int) bool {
	c := &s.cs[at]
	return c.letters && (at == first || c.before == "/" || c.before == ".") &&
		(labels[c.text] || utf8.RuneCountInString(c.text) >= shortestNumber)
}
