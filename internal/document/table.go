package document

// column of a table. A column of amounts is set flush right, and what is too
// wide for it is set smaller; other cells wrap.
type column struct {
	title  string
	width  float64
	indent float64 // of a text column, from the amounts to its left
	right  bool
}

// room is what a line of a cell may take.
func (c column) room() float64 { return c.width - cellGap - c.indent }

// cells is one row of a table; strong rows are totals.
type cells struct {
	texts  []string
	strong bool
}

const (
	cellGap      = 1.5 // between columns
	cellPad      = 0.8 // above and below a row
	maxCellLines = 12
)

// table writes rows under a head that every page repeats.
func (p *paper) table(columns []column, rows []cells) {
	if len(rows) == 0 {
		return
	}
	_, first := p.layRow(columns, rows[0])
	p.need(p.headHeight(columns) + first)
	p.drawHead(columns)
	for i, r := range rows {
		lines, height := p.layRow(columns, r)
		keep := height
		if i+1 < len(rows) && rows[i+1].strong && !r.strong {
			keep += height // a total never stands alone on a page
		}
		if p.y+keep > bottom {
			p.turn()
			p.drawHead(columns)
		}
		p.drawRow(columns, r, lines, height)
	}
	p.y += 2.5
}

func (p *paper) headHeight(columns []column) float64 {
	p.use(smallSize, true, ink)
	lines := 1
	for _, c := range columns {
		lines = max(lines, len(p.wrapAt(c.title, c.room(), 3)))
	}
	return float64(lines)*p.lineHeight() + 2*cellPad
}

func (p *paper) drawHead(columns []column) {
	height := p.headHeight(columns)
	p.pdf.SetFillColor(int(tint), int(tint), int(tint))
	p.pdf.Rect(left, p.y, width, height, "F")
	x := left
	for _, c := range columns {
		lines := p.wrapAt(c.title, c.room(), 3)
		y := p.y + height - cellPad - float64(len(lines))*p.lineHeight()
		for _, line := range lines {
			p.cell(c, x, y, line)
			y += p.lineHeight()
		}
		x += c.width
	}
	p.y += height
}

// layRow breaks the cells into lines and measures the row.
func (p *paper) layRow(columns []column, r cells) (lines [][]string, height float64) {
	p.use(tableSize, r.strong, ink)
	most := 1
	lines = make([][]string, len(columns))
	for i, c := range columns {
		s := printable(r.texts[i])
		switch {
		case c.right:
			lines[i] = []string{s}
		default:
			lines[i] = p.wrapAt(s, c.room(), maxCellLines)
		}
		most = max(most, len(lines[i]))
	}
	return lines, float64(most)*p.lineHeight() + 2*cellPad
}

func (p *paper) drawRow(columns []column, r cells, lines [][]string, height float64) {
	p.use(tableSize, r.strong, ink)
	if r.strong {
		p.rule(left, right, p.y, quiet)
	}
	x := left
	for i, c := range columns {
		y := p.y + cellPad
		for _, line := range lines[i] {
			p.cell(c, x, y, line)
			y += p.lineHeight()
		}
		x += c.width
	}
	p.y += height
	p.rule(left, right, p.y, hair)
}

// cell writes one line of a cell, a little inside the edges of the table.
func (p *paper) cell(c column, x, y float64, s string) {
	const inset = 0.75
	if !c.right {
		p.text(x+inset+c.indent, y, s)
		return
	}
	p.shrunk(s, c.room(), func() { p.textRight(x+c.width-inset, y, s) })
}
