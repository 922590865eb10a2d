package erp

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"maan/internal/calendar"
	"maan/internal/imports"
	"maan/internal/sheet"
	"maan/internal/store"
)

// settings are the options of an upload, read.
type settings struct {
	mapping    sheet.Mapping
	quietUntil *calendar.Date
	asOf       calendar.Date
	rows       *int   // how many rows the sender says there are; nil: it does not say
	rowType    string // what rows without a type are
	flat       bool   // invoices that bear their customers' data
	maxClosed  int    // percent of the open invoices that may close at once
	confirm    bool   // however many
}

// defaultMaxClosed is the share of open invoices that a list of open items may close
// without a person's word, in percent.
const defaultMaxClosed = 30

// delimiterWords are delimiters that cannot stand in an option.
var delimiterWords = map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

// setting reads one option; false: the value is not understood.
type setting struct {
	read func(*settings, string) bool
	mend string
}

// readingSettings are known to both kinds of files.
var readingSettings = map[string]setting{
	"mapping": {func(s *settings, v string) bool { return s.setMapping(v) }, "give the mapping as JSON or YAML, in base64url"},
	"delimiter": {func(s *settings, v string) bool {
		if word, ok := delimiterWords[v]; ok {
			v = word
		}
		s.mapping.Delimiter = v
		return true
	}, ""},
	"encoding":    {func(s *settings, v string) bool { s.mapping.Encoding = sheet.Encoding(v); return true }, ""},
	"date_format": {func(s *settings, v string) bool { s.mapping.DateFormat = sheet.DateFormat(v); return true }, ""},
	"decimals":    {func(s *settings, v string) bool { s.mapping.Decimals = sheet.DecimalStyle(v); return true }, ""},
	"currency":    {func(s *settings, v string) bool { s.setDefault("currency", v); return true }, ""},
	"as_of":       {func(s *settings, v string) bool { return setDate(&s.asOf, v) }, "write a day such as 2026-11-23"},
}

var invoiceSettings = map[string]setting{
	"quiet_until": {func(s *settings, v string) bool {
		s.quietUntil = &calendar.Date{}
		return setDate(s.quietUntil, v)
	}, "write a day such as 2026-11-23"},
}

var openItemSettings = map[string]setting{
	"rows": {func(s *settings, v string) bool {
		n, err := strconv.Atoi(v)
		s.rows = &n
		return err == nil && n >= 0
	}, "write a number of rows"},
	"type":             {func(s *settings, v string) bool { s.rowType = v; return true }, ""},
	"flat":             {func(s *settings, v string) bool { return setBool(&s.flat, v) }, "write true or false"},
	"confirm":          {func(s *settings, v string) bool { return setBool(&s.confirm, v) }, "write true or false"},
	"max_closed_share": {func(s *settings, v string) bool { return s.setMaxClosed(v) }, "write percents from 0 to 100"},
}

// readSettings reads the options of an upload and names every one that it does not understand.
func readSettings(options map[string]string, own map[string]setting) (settings, []store.UploadFault) {
	s := settings{maxClosed: defaultMaxClosed}
	var faults []store.UploadFault
	known := slices.Sorted(maps.Keys(own))
	known = append(known, slices.Sorted(maps.Keys(readingSettings))...)
	names := slices.Sorted(maps.Keys(options))
	slices.SortStableFunc(names, func(a, b string) int { // the mapping first: the others are laid over it
		return boolOrder(a != "mapping") - boolOrder(b != "mapping")
	})
	for _, name := range names {
		rule, ok := own[name]
		if !ok {
			rule, ok = readingSettings[name]
		}
		switch {
		case !ok:
			faults = append(faults, store.UploadFault{
				Field: "options", Code: "unknown_option", Message: "one of the options is not known; the options are " + strings.Join(known, ", "),
			})
		case !rule.read(&s, options[name]):
			faults = append(faults, store.UploadFault{Field: "options." + name, Code: "invalid_option", Message: rule.mend})
		}
	}
	return s, faults
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// setMapping takes the text itself, or base64url where it had to travel in an address.
func (s *settings) setMapping(text string) bool {
	source := []byte(text)
	if !strings.ContainsAny(text, "{:\n") {
		var err error
		if source, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "=")); err != nil {
			return false
		}
	}
	m, err := sheet.ParseMapping(source)
	s.mapping = m
	return err == nil
}

func (s *settings) setDefault(field, value string) {
	defaults := maps.Clone(s.mapping.Defaults)
	if defaults == nil {
		defaults = map[string]string{}
	}
	defaults[field] = value
	s.mapping.Defaults = defaults
}

func (s *settings) setMaxClosed(text string) bool {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
	s.maxClosed = n
	return err == nil && n >= 0 && n <= 100
}

func setDate(d *calendar.Date, text string) bool {
	var err error
	*d, err = calendar.ParseDate(text)
	return err == nil
}

func setBool(b *bool, text string) bool {
	*b = text == "true"
	return text == "true" || text == "false"
}

// begin reads the options; false: the file is refused, and the faults say why.
func begin(j *imports.Job, own map[string]setting) (settings, bool) {
	s, faults := readSettings(j.Upload.Options, own)
	for _, f := range faults {
		j.Fault(f)
	}
	if len(faults) > 0 {
		j.Refuse()
	}
	return s, len(faults) == 0
}
