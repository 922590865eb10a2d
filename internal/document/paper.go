package document

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/text/encoding/charmap"
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

// paper is the document in the making. y is the top of what comes next.
type paper struct {
	pdf  *fpdf.Fpdf
	y    float64
	size float64
	bold bool
	ink  shade
	// embedded is whether the file carries its fonts. Without them it can say what Windows-1252
	// has, and foreign tells whether more was asked for.
	embedded, foreign bool
	// onTurn draws the head of a following page.
	onTurn func()
}

// metadata is what the file says about itself.
type metadata struct {
	title, author, language string
	created                 time.Time
}

// errForeign: the document has characters for which it must carry its fonts.
var errForeign = errors.New("characters beyond Windows-1252")

// drawn draws a document in the Helvetica that every reader of PDF brings along. Where a
// character is not in it the document is drawn again with fonts of its own, at ten times the work
// and six times the size.
func drawn(draw func(embedded bool) ([]byte, error)) ([]byte, error) {
	file, err := draw(false)
	if errors.Is(err, errForeign) {
		return draw(true)
	}
	return file, err
}

func newPaper(m metadata, embedded bool) *paper {
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
	if embedded { // the library pads tables of a font in place, so every document has its own copy
		pdf.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF))
		pdf.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	}
	pdf.AddPage()
	p := &paper{pdf: pdf, embedded: embedded}
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
		family := "Helvetica"
		if p.embedded {
			family = "go"
		}
		p.pdf.SetFont(family, style, size)
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
		p.pdf.Text(x, y+p.size*baselineFactor, p.encoded(s))
	}
}

// widthOf is how wide a line is in the font in use.
func (p *paper) widthOf(s string) float64 { return p.pdf.GetStringWidth(p.encoded(s)) }

// encoded is a text in the encoding of the fonts.
func (p *paper) encoded(s string) string {
	if p.embedded || isASCIILine(s) {
		return s
	}
	western, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		p.foreign = true
		return ""
	}
	return western
}

// textRight writes one line that ends at x.
func (p *paper) textRight(x, y float64, s string) { p.text(x-p.widthOf(s), y, s) }

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
	if p.foreign {
		return nil, errForeign
	}
	p.pdf.SetPage(pages)
	var file bytes.Buffer
	if err := p.pdf.Output(&file); err != nil {
		return nil, fmt.Errorf("write the PDF: %w", err)
	}
	return file.Bytes(), nil
}
