package feed

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"maan/internal/store"
)

// ErrCursor says that a text is not a cursor of the feed.
var ErrCursor = errors.New("not a cursor of the feed: give back a cursor as it was answered, or none for the beginning")

// Cursor writes a place in the feed for readers, who give it back as it is.
func Cursor(m store.FeedMark) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(m.Position, 10) + ":" + m.Hash))
}

var hashForm = regexp.MustCompile(`^([0-9a-f]{8})?$`)

// ParseCursor reads a cursor; the empty text is the beginning of the feed. Whether the
// place exists is for [store.Store.FeedKnows].
func ParseCursor(text string) (store.FeedMark, error) {
	if text == "" {
		return store.FeedMark{}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return store.FeedMark{}, ErrCursor
	}
	position, hash, _ := strings.Cut(string(raw), ":")
	n, err := strconv.ParseInt(position, 10, 64)
	m := store.FeedMark{Position: n, Hash: hash}
	if err != nil || n < 0 || !hashForm.MatchString(hash) || Cursor(m) != text { // one form for one place
		return store.FeedMark{}, ErrCursor
	}
	return m, nil
}
