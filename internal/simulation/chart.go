package simulation

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"maan/internal/dunning"
)

// The measures of the picture, in its own units, and its colours: dark enough to read on
// white, and apart for those who see no red or green.
const (
	chartWidth = 760
	chartLeft  = 240 // labels of the steps
	chartRight = 60  // numbers after the bars
	chartTop   = 96  // heading and legend
	chartFoot  = 26  // numbers of the scale
	barHeight  = 16
	barGap     = 3
	rowGap     = 18
	maxLabel   = 30 // characters
)

var barColours = []string{"#1d4e89", "#c2570c"}

// chartRow is one step of the picture: how often it was done under each policy.
type chartRow struct {
	label  string
	values []int
}

// WriteSVG draws how often each step would have been done, as bars: a picture that stands
// by itself, with a title and a description for those who cannot see it. The invoice
// itself is left out: it goes to everybody.
func (s *Study) WriteSVG(w io.Writer) error {
	c := s.chart()
	height := chartTop + len(c.rows)*c.pitch() + chartFoot
	fmt.Fprintf(&c.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="#1f2933">`,
		chartWidth, height, chartWidth, height)
	fmt.Fprintf(&c.b, "\n<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escape(c.title), escape(c.description()))
	fmt.Fprintf(&c.b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", chartWidth, height)
	fmt.Fprintf(&c.b, `<text x="24" y="34" font-size="17" font-weight="600">%s</text>`+"\n", escape(c.title))
	c.legend()
	c.grid(height - chartFoot)
	for n, row := range c.rows {
		c.bars(n, row)
	}
	c.b.WriteString("</svg>\n")
	if _, err := io.WriteString(w, c.b.String()); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

// chart is the picture while it is drawn.
type chart struct {
	b     strings.Builder
	title string
	names []string
	rows  []chartRow
	most  int // the longest bar
	tick  int
}

func (s *Study) chart() *chart {
	c := &chart{title: fmt.Sprintf("How many of %d past invoices each step would have come to", s.Report.Invoices), names: s.names()}
	sent := map[string]bool{}
	for _, r := range s.reports() {
		for _, step := range r.Steps {
			if step.Do == dunning.DoSendInvoice {
				sent["done."+string(step.Step)], sent["done."+step.Policy+"."+string(step.Step)] = true, true
			}
		}
	}
	for _, f := range s.groups()[0].Figures {
		if sent[f.Figure] {
			continue
		}
		row := chartRow{f.Label, []int{f.Report, f.Against}[:len(c.names)]}
		for _, v := range row.values {
			c.most = max(c.most, v)
		}
		c.rows = append(c.rows, row)
	}
	c.most, c.tick = max(c.most, 1), 1
	for n := 0; c.most > 6*c.tick; n++ { // 1, 2, 5, 10, 20, 50...
		c.tick = c.tick * []int{4, 5, 4}[n%3] / 2
	}
	return c
}

func (c *chart) pitch() int { return len(c.names)*(barHeight+barGap) + rowGap }

// x is where a value ends on the scale.
func (c *chart) x(v int) int { return chartLeft + v*(chartWidth-chartLeft-chartRight)/c.most }

// legend names the policies; one alone needs no colour to be known by.
func (c *chart) legend() {
	x := 24
	for n, name := range c.names {
		name = short(name)
		fmt.Fprintf(&c.b, `<rect x="%d" y="52" width="14" height="14" rx="2" fill="%s"/><text x="%d" y="64">%s</text>`+"\n",
			x, barColours[n], x+21, escape(name))
		x += 50 + 8*len([]rune(name))
	}
}

// grid draws the scale, below the bars.
func (c *chart) grid(bottom int) {
	for v := 0; v <= c.most; v += c.tick {
		fmt.Fprintf(&c.b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#e1e5ea"/><text x="%d" y="%d" text-anchor="middle" font-size="12" fill="#52606d">%d</text>`+"\n",
			c.x(v), chartTop-10, c.x(v), bottom-8, c.x(v), bottom+8, v)
	}
}

func (c *chart) bars(n int, row chartRow) {
	top := chartTop + n*c.pitch()
	middle := top + (len(c.names)*(barHeight+barGap)-barGap)/2
	fmt.Fprintf(&c.b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", chartLeft-12, middle+5, escape(short(row.label)))
	for i, v := range row.values {
		y := top + i*(barHeight+barGap)
		width := c.x(v) - chartLeft
		if v > 0 {
			width = max(width, 2) // one is not none
		}
		fmt.Fprintf(&c.b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`, chartLeft, y, width, barHeight, barColours[i])
		fmt.Fprintf(&c.b, `<text x="%d" y="%d" font-size="12" stroke="#ffffff" stroke-width="4" paint-order="stroke">%d</text>`+"\n",
			chartLeft+width+6, y+12, v)
	}
}

// description says everything that the bars say.
func (c *chart) description() string {
	var words []string
	for _, row := range c.rows {
		var values []string
		for i, v := range row.values {
			values = append(values, fmt.Sprintf("%s %d", c.names[i], v))
		}
		words = append(words, row.label+": "+strings.Join(values, ", "))
	}
	return "Bars: for how many invoices each step would have been done. " + strings.Join(words, "; ") + "."
}

func short(s string) string {
	if r := []rune(s); len(r) > maxLabel {
		return string(r[:maxLabel-1]) + "…"
	}
	return s
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
