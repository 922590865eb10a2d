package intake

import (
	"crypto/sha256"
	"encoding/json"
	"strconv"

	"maan/internal/sheet"
)

// numbers remembers what stood under each number of a file.
type numbers map[string]content

type content struct {
	line int
	sum  [sha256.Size]byte
}

func newNumbers() numbers { return numbers{} }

// check tells a number that comes again. first is false then.
func (n numbers) check(r *sheet.Row, field, number string, what any) (first bool) {
	text, err := json.Marshal(what)
	if err != nil {
		r.Fail(field, CodeInvalidText, "the row cannot be compared with others", "check its texts")
		return false
	}
	sum := sha256.Sum256(text)
	before, seen := n[number]
	switch {
	case !seen:
		n[number] = content{line: r.Line, sum: sum}
	case before.sum == sum:
		r.Note(NoteRepeated, "the same stands on "+onLine(before.line))
	default:
		r.Fail(field, CodeNumberTaken, "this number stands with other content on "+onLine(before.line), "correct the number, or take out the row that is wrong")
	}
	return !seen
}

func onLine(n int) string { return "line " + strconv.Itoa(n) }
