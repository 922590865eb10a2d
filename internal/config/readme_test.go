package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/config"
	"maan/workflows"
)

// variable is a setting as the struct tags declare it.
type variable struct {
	name, fallback, doc string
	required, secret    bool
}

func variables(t *testing.T) []variable {
	t.Helper()
	var all []variable
	for field := range reflect.TypeFor[config.Config]().Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("env"), ",")
		v := variable{
			name: name, fallback: field.Tag.Get("envDefault"), doc: field.Tag.Get("doc"),
			required: strings.Contains(options, "required"), secret: field.Tag.Get("secret") == "true",
		}
		require.NotEmpty(t, v.name, "field %s has no env tag", field.Name)
		require.NotEmpty(t, v.doc, "field %s has no doc tag", field.Name)
		all = append(all, v)
	}
	return all
}

// row is the setting's line in the README.
func (v variable) row() string {
	fallback := "`" + v.fallback + "`"
	switch {
	case v.required:
		fallback = "required"
	case v.fallback == "":
		fallback = "none"
	}
	doc := v.doc
	if v.secret {
		doc += " (secret)"
	}
	return fmt.Sprintf("| `%s` | %s | %s |", v.name, fallback, doc)
}

func projectFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", path))
	require.NoError(t, err)
	return string(text)
}

// The table stands between two lines of HTML comment, so that it is found whatever is
// written around it.
func TestReadmeTableIsTheStruct(t *testing.T) {
	t.Parallel()
	_, rest, found := strings.Cut(projectFile(t, "README.md"), "<!-- configuration -->\n")
	require.True(t, found, "README.md has no line <!-- configuration -->")
	got, _, found := strings.Cut(rest, "<!-- end of configuration -->\n")
	require.True(t, found, "README.md has no line <!-- end of configuration -->")
	want := "| variable | default | meaning |\n|---|---|---|\n"
	for _, v := range variables(t) {
		want += v.row() + "\n"
	}
	require.Equal(t, want, got, "the table in README.md must be:\n\n%s", want)
}

// A misspelt variable would be ignored, and its default taken without a word.
func TestDeploymentNamesKnownVariables(t *testing.T) {
	t.Parallel()
	known := []string{"MAAN_DB_PASSWORD", "MAAN_API_PUBLISH", "MAAN_VERSION"} // of docker-compose.yml itself
	for _, v := range variables(t) {
		known = append(known, v.name)
	}
	name := regexp.MustCompile(`\bMAAN_[A-Z_]+[A-Z]\b`)
	for _, path := range []string{
		"docker-compose.yml", ".env.example", "deploy/kubernetes/config.yaml", "deploy/kubernetes/secret.example.yaml",
		"deploy/kubernetes/api.yaml", "deploy/kubernetes/worker.yaml", "deploy/kubernetes/migrate/job.yaml",
	} {
		for _, used := range name.FindAllString(projectFile(t, path), -1) {
			require.Contains(t, known, used, "%s names a variable that nothing reads", path)
		}
	}
}

// An attribute that is not registered, or has another type, makes every start fail.
func TestSetUpRegistersEverySearchAttribute(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		workflows.AttrInvoiceRef.GetName():  "Keyword",
		workflows.AttrCustomerRef.GetName(): "Keyword",
		workflows.AttrStage.GetName():       "Keyword",
		workflows.AttrPaused.GetName():      "Bool",
		workflows.AttrNextAction.GetName():  "Datetime",
		workflows.AttrDueDate.GetName():     "Datetime",
		workflows.AttrAmount.GetName():      "Int",
		workflows.AttrCurrency.GetName():    "Keyword",
	}
	script := projectFile(t, "deploy/temporal/setup.sh")
	got := map[string]string{}
	for _, m := range regexp.MustCompile(`--name (\w+) --type (\w+)`).FindAllStringSubmatch(script, -1) {
		got[m[1]] = m[2]
	}
	require.Equal(t, want, got)

	list := regexp.MustCompile(`for name in ([\w ]+);`).FindStringSubmatch(script)
	require.Len(t, list, 2)
	checked := strings.Fields(list[1])
	require.Len(t, checked, len(want))
	for name := range want {
		require.True(t, slices.Contains(checked, name), "the script does not check %s", name)
	}
}
