package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Mapping is what one sender's files do otherwise. The zero Mapping reads a file with
// usual headers; everything that can be told from the file need not be stated.
//
//	columns:                       # our field: one or more headers, the first present counts
//	  invoice_number: Belegnr.
//	  sent_on: [Versendet, Ausgang]
//	  country: []                  # the file does not have it, whatever a header looks like
//	delimiter: ";"                 # one of , ; | and "\t"
//	encoding: windows-1252         # utf-8, utf-16le, utf-16be or windows-1252
//	date_format: dd/mm/yyyy        # one of the five of DateFormat
//	decimals: comma                # comma or dot
//	defaults:                      # where the column is absent or the cell is empty
//	  currency: EUR
//	  kind: business
//
// Headers are compared without regard to case, accents, spaces and punctuation. A column
// that the mapping names for one field is found by another only if it is named there too.
type Mapping struct {
	Columns    map[string]Headers `json:"columns,omitempty"     yaml:"columns,omitempty"`
	Delimiter  string             `json:"delimiter,omitempty"   yaml:"delimiter,omitempty"`
	Encoding   Encoding           `json:"encoding,omitempty"    yaml:"encoding,omitempty"`
	DateFormat DateFormat         `json:"date_format,omitempty" yaml:"date_format,omitempty"`
	Decimals   DecimalStyle       `json:"decimals,omitempty"    yaml:"decimals,omitempty"`
	Defaults   map[string]string  `json:"defaults,omitempty"    yaml:"defaults,omitempty"`
}

// Headers are one or more names of a column, in order of preference.
type Headers []string

// UnmarshalJSON takes one name or a list.
func (h *Headers) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*h = make(Headers, 1)
		return json.Unmarshal(text, &(*h)[0]) //nolint:wrapcheck // the caller is encoding/json
	}
	return json.Unmarshal(text, (*[]string)(h)) //nolint:wrapcheck // as above
}

// UnmarshalYAML takes one name or a list.
func (h *Headers) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*h = make(Headers, 1)
		return node.Decode(&(*h)[0]) //nolint:wrapcheck // the caller is the YAML decoder
	}
	return node.Decode((*[]string)(h)) //nolint:wrapcheck // as above
}

// maxMapping bounds a mapping file.
const maxMapping = 64 << 10

// ParseMapping reads a mapping in YAML or JSON. A member it does not know is an error,
// for a misspelt one would silently change what a file means. The values are checked
// against a schema by [Open].
func ParseMapping(source []byte) (Mapping, error) {
	if len(source) > maxMapping {
		return Mapping{}, fmt.Errorf("the mapping is %d bytes long; %d are allowed", len(source), maxMapping)
	}
	var m Mapping
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	if err := dec.Decode(&m); err != nil && !errors.Is(err, io.EOF) {
		return Mapping{}, fmt.Errorf("read mapping: %w", err)
	}
	if more := dec.Decode(new(yaml.Node)); !errors.Is(more, io.EOF) {
		return Mapping{}, errors.New("read mapping: one mapping to a file: more follows after ---")
	}
	return m, nil
}

// check names what the mapping states and nobody understands.
func (m Mapping) check(schema Schema) []Fault {
	var faults []Fault
	fault := func(field, message, mend string) {
		faults = append(faults, Fault{Field: field, Code: CodeMapping, Message: message, Mend: mend})
	}
	kinds := map[string]Kind{}
	for _, f := range schema {
		kinds[f.Name] = f.Kind
	}
	for _, name := range slices.Sorted(maps.Keys(m.Columns)) {
		if kinds[name] == "" {
			fault("columns", "the mapping names a field that does not exist here", "use the names of the documentation, such as "+schema[0].Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Defaults)) {
		if k := kinds[name]; k != Text && k != Bool {
			fault("defaults", "a default is for a field that does not exist here, or that is a date or an amount", "give those in the file")
		}
	}
	if m.Delimiter != "" && (len(m.Delimiter) > 1 || !bytes.Contains(delimiters, []byte(m.Delimiter))) {
		fault("delimiter", "the delimiter is not known", `state one of , ; | and "\t"`)
	}
	if m.Encoding != "" && !slices.Contains([]Encoding{UTF8, UTF16LE, UTF16BE, Windows1252}, m.Encoding) {
		fault("encoding", "the encoding is not known", "state utf-8, utf-16le, utf-16be or windows-1252")
	}
	if m.DateFormat != "" && !slices.Contains(dateFormats, m.DateFormat) {
		fault("date_format", "the date format is not known", "state yyyy-mm-dd, dd-mm-yyyy, dd/mm/yyyy, dd.mm.yyyy or mm/dd/yyyy")
	}
	if m.Decimals != "" && m.Decimals != DecimalComma && m.Decimals != DecimalDot {
		fault("decimals", "the style of decimals is not known", "state comma or dot")
	}
	return faults
}
