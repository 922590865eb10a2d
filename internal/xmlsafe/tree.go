package xmlsafe

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Shape is one element that is kept, with the children that are kept of it.
type Shape map[string]Shape

// NewShape returns the shape of the elements at the paths, "a/b/c", and of
// those that lead there.
func NewShape(paths ...string) Shape {
	root := Shape{}
	for _, path := range paths {
		s := root
		for name := range strings.SplitSeq(path, "/") {
			if s[name] == nil {
				s[name] = Shape{}
			}
			s = s[name]
		}
	}
	return root
}

// Node is one kept element.
type Node struct {
	// Name is the element's name, as the Builder's Name gives it.
	Name string
	// Line is the line on which its start tag ends.
	Line int

	parent   *Node
	shape    Shape
	text     []byte
	attrs    []xml.Attr
	children []*Node
	before   int            // nodes kept before this one
	place    int            // among siblings of its name, once dropped
	dropped  map[string]int // children that were dropped, by name
}

// Path returns the place from the root, with [n] from the second sibling of
// the same name on.
func (n *Node) Path() string {
	if n.parent == nil {
		return "/" + n.Name
	}
	path := n.parent.Path() + "/" + n.Name
	if place := n.siblingPlace(); place > 1 {
		path += fmt.Sprintf("[%d]", place)
	}
	return path
}

func (n *Node) siblingPlace() int {
	if n.place > 0 {
		return n.place
	}
	place := n.parent.dropped[n.Name]
	for _, c := range n.parent.children {
		if c.Name == n.Name {
			place++
		}
		if c == n {
			break
		}
	}
	return place
}

// Parent returns the element around it; nil for the root.
func (n *Node) Parent() *Node { return n.parent }

// Child returns the first child of that name; nil where there is none, and of
// nil.
func (n *Node) Child(name string) *Node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// All returns the children of that name.
func (n *Node) All(name string) []*Node {
	if n == nil {
		return nil
	}
	var found []*Node
	for _, c := range n.children {
		if c.Name == name {
			found = append(found, c)
		}
	}
	return found
}

// Attr returns an attribute, trimmed; "" where it is absent.
func (n *Node) Attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// Text returns the text as it stands; only elements without kept children have
// any.
func (n *Node) Text() string { return string(n.text) }

// Value returns the text trimmed, on one line and without characters that
// print nothing or change how others are printed; clean is false where there
// were such. Of nil it is "".
func (n *Node) Value() (text string, clean bool) {
	if n == nil {
		return "", true
	}
	if plain(n.text) {
		return string(n.text), true
	}
	line := strings.Join(strings.Fields(string(n.text)), " ")
	text = strings.Map(func(r rune) rune {
		if Invisible(r) {
			return -1
		}
		return r
	}, line)
	return strings.TrimSpace(text), text == line
}

// plain reports whether a text is visible ASCII, in one piece or with single
// spaces between: nearly every value is, and takes the short way.
func plain(text []byte) bool {
	space := true // none may stand at either end
	for _, c := range text {
		if c < ' ' || c > '~' || (c == ' ' && space) {
			return false
		}
		space = c == ' '
	}
	return len(text) == 0 || !space
}

// Invisible reports whether a character prints nothing or changes how others
// are printed.
func Invisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Builder makes nodes of the tokens of a Reader.
type Builder struct {
	// Name returns the name of an element in shapes and paths, "" for one that
	// no shape holds.
	Name func(xml.Name) string
	// Attrs are the attributes that are kept.
	Attrs []string
	// MaxNodes bounds the nodes that are kept at one time, MaxText the text of
	// each in bytes.
	MaxNodes, MaxText int

	// open are the open elements, root first; nil for one that is not kept.
	open []*Node
	kept int
}

// Root opens the root element.
func (b *Builder) Root(name string, shape Shape, line int) *Node {
	root := &Node{Name: name, Line: line, shape: shape}
	b.open = append(b.open, root)
	return root
}

// Start opens an element below the root, and keeps it where the shape has a
// place for it. The error is a *Fault.
func (b *Builder) Start(t xml.StartElement, line int) error {
	parent := b.open[len(b.open)-1]
	if parent == nil {
		b.open = append(b.open, nil)
		return nil
	}
	if t.Name.Space != "" && !strings.Contains(t.Name.Space, ":") {
		// The decoder leaves a prefix that is not declared in place of the
		// namespace, and every namespace in use is a URI with a colon.
		return &Fault{Code: CodeMalformed, Line: line, Message: "the prefix of an element is not declared; add its xmlns attribute"}
	}
	name := b.Name(t.Name)
	shape, ok := parent.shape[name]
	if !ok {
		b.open = append(b.open, nil)
		return nil
	}
	child := &Node{Name: name, Line: line, parent: parent, shape: shape, before: b.kept, attrs: b.keep(t.Attr)}
	if b.kept++; b.kept > b.MaxNodes {
		return &Fault{Code: CodeTooManyElements, Line: line, Path: parent.Path(), Message: fmt.Sprintf("the element holds more than %d others; send only what is needed", b.MaxNodes)}
	}
	parent.children = append(parent.children, child)
	b.open = append(b.open, child)
	return nil
}

func (b *Builder) keep(attrs []xml.Attr) []xml.Attr {
	return slices.DeleteFunc(attrs, func(a xml.Attr) bool {
		return a.Name.Space != "" || !slices.Contains(b.Attrs, a.Name.Local)
	})
}

// Text adds to the element that is open. The error is a *Fault.
func (b *Builder) Text(text xml.CharData) error {
	if len(b.open) == 0 {
		return nil
	}
	n := b.open[len(b.open)-1]
	if n == nil || len(n.shape) > 0 {
		return nil
	}
	if len(n.text)+len(text) > b.MaxText {
		return &Fault{Code: CodeTooLong, Line: n.Line, Path: n.Path(), Message: fmt.Sprintf("the value is longer than %d bytes; shorten it", b.MaxText)}
	}
	n.text = append(n.text, text...)
	return nil
}

// End closes the element that is open and returns it; nil for one that is not
// kept.
func (b *Builder) End() *Node {
	last := len(b.open) - 1
	n := b.open[last]
	b.open = b.open[:last]
	return n
}

// Drop takes the node that was closed last out of the tree, with all below it.
// Its path stays right.
func (b *Builder) Drop(n *Node) {
	p := n.parent
	n.place = n.siblingPlace()
	if p.dropped == nil {
		p.dropped = map[string]int{}
	}
	p.dropped[n.Name]++
	p.children[len(p.children)-1] = nil
	p.children = p.children[:len(p.children)-1]
	b.kept = n.before
}
