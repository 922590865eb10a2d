package document

import (
	"codeberg.org/go-pdf/fpdf"

	"maan/internal/money"
	"maan/internal/reference"
)

// qrSide is the printed QR code without its white margin, in mm. Cameras read
// it from 30 on.
const qrSide = 32.0

// Measures of the payment box in mm.
const (
	boxPad     = 4.0
	boxLabels  = 38.0
	boxInset   = 2.0 // of the QR code from the right edge
	titleRoom  = 6.5
	boxRowGap  = 1.2
	boxSpacing = 3.0 // below the box
)

// paymentBox is what the payer types over or scans. Entries without a value are
// left out. It stays on one page.
func (p *paper) paymentBox(title string, entries []entry, modules [][]bool, caption string) {
	textWidth, codeWidth := width-2*boxPad, 0.0
	var words []string
	if modules != nil {
		codeWidth = qrSide + 2*quietZone(modules)
		textWidth -= codeWidth + boxInset
		p.use(smallSize, false, quiet)
		words = p.wrapAt(caption, codeWidth, 4)
	}
	codeHeight := codeWidth + float64(len(words))*smallSize*lineFactor + 1
	p.use(bodySize, false, ink)
	height := 2*boxPad + titleRoom
	rows := make([][]string, len(entries))
	for i, e := range entries {
		if rows[i] = p.wrapAt(printable(e.value), textWidth-boxLabels, 4); rows[i] != nil {
			height += float64(len(rows[i]))*p.lineHeight() + boxRowGap
		}
	}
	height = max(height, codeHeight)
	p.need(height)
	top := p.y
	p.frame(height)
	p.boxRows(title, entries, rows, textWidth)
	if modules != nil {
		p.qr(right-codeWidth-boxInset, top, modules)
		p.use(smallSize, false, quiet)
		for i, line := range words {
			indent := (codeWidth - p.widthOf(line)) / 2
			p.text(right-boxInset-codeWidth+indent, top+codeWidth-1+float64(i)*p.lineHeight(), line)
		}
	}
	p.y = top + height + boxSpacing
}

// boxRows writes the title and the wrapped entries.
func (p *paper) boxRows(title string, entries []entry, rows [][]string, textWidth float64) {
	p.y += boxPad
	p.use(bodySize, true, ink)
	p.text(left+boxPad, p.y, p.cut(title, textWidth))
	p.y += titleRoom
	for i, lines := range rows {
		if lines == nil {
			continue
		}
		p.use(smallSize, false, quiet)
		p.text(left+boxPad, p.y+0.4, p.cut(entries[i].label, boxLabels-2))
		p.use(bodySize, false, ink)
		for _, line := range lines {
			p.text(left+boxPad+boxLabels, p.y, line)
			p.y += p.lineHeight()
		}
		p.y += boxRowGap
	}
}

func (p *paper) frame(height float64) {
	p.pdf.SetDrawColor(int(hair), int(hair), int(hair))
	p.pdf.SetLineWidth(0.2)
	p.pdf.RoundedRect(left, p.y, width, height, 1.5, "1234", "D")
}

// quietZone is the white margin of the code, in mm.
func quietZone(modules [][]bool) float64 {
	return reference.QuietZone * qrSide / float64(len(modules))
}

// qr draws the code with its quiet zone, the corner of which is at x, y. All
// modules are one path, so that no viewer shows seams between them.
func (p *paper) qr(x, y float64, modules [][]bool) {
	side := qrSide / float64(len(modules))
	x += quietZone(modules)
	y += quietZone(modules)
	p.pdf.SetFillColor(0, 0, 0)
	for row, line := range modules {
		for from := 0; from < len(line); from++ {
			if !line[from] {
				continue
			}
			to := from
			for to < len(line) && line[to] {
				to++
			}
			p.box(x+float64(from)*side, y+float64(row)*side, x+float64(to)*side, y+float64(row+1)*side)
			from = to
		}
	}
	p.pdf.DrawPath("F")
}

// box adds a rectangle to the path.
func (p *paper) box(x1, y1, x2, y2 float64) {
	corners := []fpdf.PointType{{X: x2, Y: y1}, {X: x2, Y: y2}, {X: x1, Y: y2}}
	p.pdf.MoveTo(x1, y1)
	for _, c := range corners {
		p.pdf.LineTo(c.X, c.Y)
	}
	p.pdf.ClosePath()
}

// qrModules is the payment as a QR code, or nil where there is to be none or a
// SEPA transfer cannot carry it: the box states everything in words too.
func (l Letterhead) qrModules(amount money.Amount, paymentReference string) [][]bool {
	if l.WithoutQR {
		return nil
	}
	payload, err := reference.Transfer{
		Name: l.Creditor.AccountName, IBAN: l.Creditor.IBAN, Amount: amount, Reference: paymentReference,
	}.EPC()
	if err != nil {
		return nil
	}
	modules, err := reference.QRModules(payload)
	if err != nil {
		return nil
	}
	return modules
}
