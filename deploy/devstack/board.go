package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"maan/internal/devstack/demo"
)

func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// column is a column of the board; the last one takes what is left of the line.
type column struct {
	head  string
	width int
	text  func(demo.Row) string
}

var columns = []column{
	{"INVOICE", 9, func(r demo.Row) string { return r.Number }},
	{"WHERE", 5, func(r demo.Row) string { return r.Where }},
	{"STAGE", 17, func(r demo.Row) string { return r.Stage }},
	{"NEXT", 28, func(r demo.Row) string { return r.Next }},
	{"LAST", 34, func(r demo.Row) string { return r.Last }},
	{"OUTCOME", 16, func(r demo.Row) string { return r.Outcome }},
}

// board shows the play: a table that is rewritten in place where a person watches, else
// a line for each change.
type board struct {
	out    io.Writer
	file   *os.File
	live   bool
	height int // lines that stand on the screen
	before map[string]demo.Row
}

func newBoard(out io.Writer) *board {
	b := &board{out: out, before: map[string]demo.Row{}}
	b.file, b.live = isTerminal(out)
	return b
}

// show is called whenever something may have changed.
func (b *board) show(s demo.Snapshot) {
	if len(s.Rows) == 0 {
		return
	}
	if !b.live {
		b.changes(s)
		return
	}
	width, height, err := term.GetSize(int(b.file.Fd()))
	if err != nil || height < len(s.Rows)+4 {
		b.live = false // too small to rewrite
		b.changes(s)
		return
	}
	b.rewrite(s, width)
}

// rewrite draws the whole table over the one before.
func (b *board) rewrite(s demo.Snapshot, width int) {
	lines := []string{bold(s.Now.Format("Monday 2 January 2006, 15:04 UTC")), dim(clip(header(), width-1))}
	for _, r := range s.Rows {
		lines = append(lines, paint(r, clip(tableLine(r), width-1)))
	}
	var text strings.Builder
	if b.height > 0 {
		fmt.Fprintf(&text, "\x1b[%dA", b.height)
	}
	for _, line := range lines {
		text.WriteString("\r\x1b[2K" + line + "\n")
	}
	b.height = len(lines)
	_, _ = io.WriteString(b.out, text.String()) // a terminal that is gone is no reason to stop the demo
}

// changes writes a line for each row whose last event or outcome is new.
func (b *board) changes(s demo.Snapshot) {
	for _, r := range s.Rows {
		was := b.before[r.Number]
		b.before[r.Number] = r
		if was.Last == r.Last && was.Outcome == r.Outcome {
			continue
		}
		sayf(b.out, "%s\n", strings.TrimRight(s.Now.Format("2006-01-02")+"  "+tableLine(r), " "))
	}
}

// done leaves the table where it is.
func (b *board) done() { sayf(b.out, "\n") }

func header() string {
	var cells []string
	for _, c := range columns {
		cells = append(cells, pad(c.head, c.width))
	}
	return strings.Join(cells, "  ")
}

func tableLine(r demo.Row) string {
	var cells []string
	for _, c := range columns {
		cells = append(cells, pad(c.text(r), c.width))
	}
	return strings.Join(cells, "  ")
}

// pad brings a text to a width, cutting what is longer.
func pad(text string, width int) string {
	text = clip(text, width)
	return text + strings.Repeat(" ", width-utf8.RuneCountInString(text))
}

func clip(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(0, width-1)]) + "…"
}

func bold(s string) string { return "\x1b[1m" + s + "\x1b[0m" }

func dim(s string) string { return "\x1b[2m" + s + "\x1b[0m" }

// paint makes an ended case green, a paused one yellow.
func paint(r demo.Row, line string) string {
	switch {
	case r.Outcome != "":
		return "\x1b[32m" + line + "\x1b[0m"
	case strings.HasPrefix(r.Next, "paused"):
		return "\x1b[33m" + line + "\x1b[0m"
	default:
		return line
	}
}
