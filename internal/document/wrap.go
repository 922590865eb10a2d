package document

import "strings"

// wrap breaks a printable text into lines that fit the width in the font in
// use. A word that is too long for a line is broken where the line ends.
func (p *paper) wrap(s string, width float64) []string {
	if s == "" {
		return nil
	}
	var lines []string
	line := ""
	for word := range strings.SplitSeq(s, " ") {
		candidate := word
		if line != "" {
			candidate = line + " " + word
		}
		if p.fits(candidate, width) {
			line = candidate
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for !p.fits(word, width) {
			head := p.head(word, width)
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	return append(lines, line)
}

// wrapAt wraps into so many lines at most; what is left over becomes an
// ellipsis.
func (p *paper) wrapAt(s string, width float64, lines int) []string {
	all := p.wrap(s, width)
	if len(all) <= lines {
		return all
	}
	all = all[:lines]
	all[lines-1] = p.cut(all[lines-1]+"…", width)
	return all
}

// cut shortens one line to the width, with an ellipsis at its end.
func (p *paper) cut(s string, width float64) string {
	if p.fits(s, width) {
		return s
	}
	const ellipsis = "…"
	room := width - p.widthOf(ellipsis)
	return strings.TrimRight(p.head(strings.TrimSuffix(s, ellipsis), room), " ") + ellipsis
}

func (p *paper) fits(s string, width float64) bool {
	const rounding = 0.001
	return p.widthOf(s) <= width+rounding
}

// head is the longest beginning that fits the width, one character at least.
func (p *paper) head(s string, width float64) string {
	end := 0
	for i, r := range s {
		next := i + len(string(r))
		if end > 0 && !p.fits(s[:next], width) {
			break
		}
		end = next
	}
	return s[:end]
}

// shrinkWord sets a little smaller what is one word, such as an e-mail address,
// and would just not fit the width.
func (p *paper) shrinkWord(s string, width float64) {
	const smallest = 0.75
	if w := p.widthOf(s); w > width && w*smallest <= width && !strings.Contains(s, " ") {
		p.use(p.size*width/w, p.bold, p.ink)
	}
}

// shrunk runs draw in the largest size, from the one in use downwards, in which
// the text fits the width, and restores the size.
func (p *paper) shrunk(s string, width float64, draw func()) {
	size := p.size
	if w := p.widthOf(s); w > width {
		p.use(size*width/w, p.bold, p.ink)
	}
	draw()
	p.use(size, p.bold, p.ink)
}
