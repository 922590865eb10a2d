package document_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/message"
)

// A block that one language lacks would fail only when it is needed.
func TestTexts_EveryLanguageHasTheSameBlocks(t *testing.T) {
	t.Parallel()
	define := regexp.MustCompile(`\{\{define "([^"]+)"\}\}`)
	blocks := func(language string) []string {
		file, err := os.ReadFile("texts/" + language + ".tmpl")
		require.NoError(t, err)
		var names []string
		for _, m := range define.FindAllSubmatch(file, -1) {
			names = append(names, string(m[1]))
		}
		slices.Sort(names)
		require.Equal(t, slices.Compact(slices.Clone(names)), names, "no block twice")
		return names
	}
	want := blocks("en")
	require.Greater(t, len(want), 100)
	for _, language := range message.Languages() {
		require.Equal(t, want, blocks(language), language)
	}
}

// French puts a no-break space before its tall marks; an ordinary one would let
// a line begin with a colon.
func TestTexts_FrenchHasNoBreakSpaces(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("texts/fr.tmpl")
	require.NoError(t, err)
	_, sentences, _ := strings.Cut(string(file), "\n") // after the comment
	require.NotRegexp(t, ` [:;?!%]`, sentences)
}
