package main

import (
	"bytes"
	"strings"
	"testing"
)

// run runs the command line as main does, without its environment.
func run(t *testing.T, stdin string, args ...string) (out string, err error) {
	t.Helper()
	var printed bytes.Buffer
	cmd := root()
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&printed)
	cmd.SetErr(&printed)
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return printed.String(), err
}
