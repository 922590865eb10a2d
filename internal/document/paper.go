package document

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Measures in millimetres on A4. The address field is that of DIN 5008 form B,
// which also shows in a Dutch envelope with the window on the left.
const (
	left, right    = 25.0, 190.0
	width          = right - left
	bottom         = 270.0 // of the text
	nextTop        = 32.0  // where the text of a following page begins
	footerTop      = 273.0
	lineFactor     = 0.47 // of a size in points: the distance of lines in mm
	baselineFactor = 0.34 // of a size in points: from the top of a line to its baseline
)

// Sizes in points.
const (
	bodySize  = 9.5
	tableSize = 8.5
	noteSize  = 8.0
	smallSize = 7.5
	titleSize = 12.0
)

// shade is a grey, 0 is black.
type shade int

const (
	ink   shade = 25
	quiet shade = 95
	hair  shade = 190
	tint  shade = 243
)

const fontFamily = "go"

// paper is the document in the making. y is the top of what comes next.
type paper struct {
	pdf  *fpdf.Fpdf
	y    float64
	size float64
	bold bool
	ink  shade
	// onTurn draws the head of a following page.
	onTurn func()
}

// metadata is what the file says about itself.
type metadata struct {
	title, author, language string
	created                 time.Time
}

func newPaper(m metadata) *paper {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(m.created)
	pdf.SetModificationDate(m.created)
	pdf.SetProducer("Maan", true)
	pdf.SetTitle(printable(m.title), true)
	pdf.SetAuthor(printable(m.author), true)
	pdf.SetLang(m.language)
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	// The library pads tables of the font in place, so every document has its own
	// copy of it.
	pdf.AddUTF8FontFromBytes(fontFamily, "", bytes.Clone(goregular.TTF))
	pdf.AddUTF8FontFromBytes(fontFamily, "B", bytes.Clone(gobold.TTF))
	pdf.AddPage()
	p := &paper{pdf: pdf}
	p.use(bodySize, false, ink)
	return p
}

// use chooses size, weight and shade of the text that follows.
func (p *paper) use(size float64, bold bool, s shade) {
	if size != p.size || bold != p.bold {
		style := ""
		if bold {
			style = "B"
		}
		p.pdf.SetFont(fontFamily, style, size)
		p.size, p.bold = size, bold
	}
	if s != p.ink {
		p.pdf.SetTextColor(int(s), int(s), int(s))
		p.ink = s
	}
}

// lineHeight is the distance of two lines in the size in use.
func (p *paper) lineHeight() float64 { return p.size * lineFactor }

// text writes one line with its top at y. The text must be printable.
func (p *paper) text(x, y float64, s string) {
	if s != "" {
		p.pdf.Text(x, y+p.size*baselineFactor, s)
	}
}

// textRight writes one line that ends at x.
func (p *paper) textRight(x, y float64, s string) { p.text(x-p.pdf.GetStringWidth(s), y, s) }

// paragraph writes a text over the width from x on and moves down. A page is
// turned between two lines where needed.
func (p *paper) paragraph(x, width float64, s string) {
	for _, line := range p.wrap(printable(s), width) {
		p.need(p.lineHeight())
		p.text(x, p.y, line)
		p.y += p.lineHeight()
	}
}

const blockGap = 2.2

// block is a paragraph that stays together, with space behind it.
func (p *paper) block(s string) {
	p.need(p.heightOf(s) - blockGap)
	p.paragraph(left, width, s)
	p.y += blockGap
}

// heightOf is what block takes for the text.
func (p *paper) heightOf(s string) float64 {
	return float64(len(p.wrap(printable(s), width)))*p.lineHeight() + blockGap
}

// heading and the notes under it stay with the first row of the table below.
func (p *paper) heading(s string, notes ...string) {
	const before, after, firstRow = 1.5, 1, 11
	p.use(noteSize, false, quiet)
	height := before + after + firstRow + bodySize*lineFactor
	for _, note := range notes {
		height += float64(len(p.wrap(printable(note), width)))*p.lineHeight() + after
	}
	p.need(height)
	p.y += before
	p.use(bodySize, true, ink)
	p.paragraph(left, width, s)
	p.y += after
	p.use(noteSize, false, quiet)
	for _, note := range notes {
		if note != "" {
			p.paragraph(left, width, note)
			p.y += after
		}
	}
}

// need turns the page unless there is room for the height.
func (p *paper) need(height float64) {
	const rounding = 0.01
	if p.y+height > bottom+rounding && p.y > nextTop {
		p.turn()
	}
}

// turn begins a page.
func (p *paper) turn() {
	size, bold, s := p.size, p.bold, p.ink
	p.pdf.AddPage()
	p.y = nextTop
	if p.onTurn != nil {
		p.onTurn()
	}
	p.use(size, bold, s)
}

// rule draws a horizontal line.
func (p *paper) rule(x1, x2, y float64, s shade) {
	p.pdf.SetDrawColor(int(s), int(s), int(s))
	p.pdf.SetLineWidth(0.2)
	p.pdf.Line(x1, y, x2, y)
}

// finish writes the foot of every page and returns the file.
func (p *paper) finish(foot func(page, pages int)) ([]byte, error) {
	pages := p.pdf.PageCount()
	for page := 1; page <= pages; page++ {
		p.pdf.SetPage(page)
		p.size = 0 // each page must be told its font
		foot(page, pages)
	}
	p.pdf.SetPage(pages)
	var file bytes.Buffer
	if err := p.pdf.Output(&file); err != nil {
		return nil, fmt.Errorf("write the PDF: %w", err)
	}
	return file.Bytes(), nil
}
