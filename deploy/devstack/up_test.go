package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stackDir is a directory that PostgreSQL's own user may enter, unlike t.TempDir.
func stackDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "maan-devstack-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// devstack is this test program playing the command, with the built maan program.
func devstack(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	maan, err := filepath.Abs("../../.maan/bin/maan")
	require.NoError(t, err)
	if _, err := os.Stat(maan); err != nil {
		t.Skip("the maan program is not built: run make build")
	}
	args = append(args, "--dir", dir)
	if args[0] != "down" {
		args = append(args, "--maan", maan)
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), childArguments+"=1", "DATABASE_URL=")
	return cmd
}

// Not in parallel with the demo: both wish for the same ports.
func TestUpAndDown(t *testing.T) { //nolint:paralleltest // see above
	dir := stackDir(t)
	var out bytes.Buffer
	up := devstack(t, dir, "up")
	up.Stdout, up.Stderr = &out, &out
	require.NoError(t, up.Start())
	ended := make(chan error, 1)
	go func() { ended <- up.Wait() }()
	t.Cleanup(func() { _ = up.Process.Signal(syscall.SIGTERM) })
	env := filepath.Join(dir, envName)
	began := func() bool { _, err := os.Stat(env); return err == nil }
	for deadline := time.Now().Add(2 * time.Minute); !began(); {
		select {
		case err := <-ended:
			require.FailNow(t, "the stack ended before it was up", "%v: %s", err, out.String())
		case <-time.After(20 * time.Millisecond):
			require.Less(t, time.Now(), deadline, "the stack is not up in time")
		}
	}

	info, err := os.Stat(env)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it holds a key")
	text, err := os.ReadFile(env)
	require.NoError(t, err)
	set := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^export (\w+)='(.*)'$`).FindAllStringSubmatch(string(text), -1) {
		set[m[1]] = m[2]
	}
	req, err := http.NewRequest(http.MethodGet, set["MAAN_API"]+"/v1/policies", http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+set["MAAN_KEY"])
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode)
	for _, name := range []string{"MAAN_UI", "MAAN_INBOX"} {
		res, err := http.Get(set[name])
		require.NoError(t, err, name)
		require.Equal(t, http.StatusOK, res.StatusCode, name)
	}
	require.NotEmpty(t, set["TEMPORAL_ADDRESS"])
	require.NotEmpty(t, set["DATABASE_URL"])

	second, err := devstack(t, dir, "up").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(second), "runs already")

	said, err := devstack(t, dir, "down").CombinedOutput()
	require.NoError(t, err, string(said))
	require.Contains(t, string(said), "Stopped the development stack.")
	require.NoError(t, <-ended, out.String())
	require.NoFileExists(t, env)
	require.NoFileExists(t, filepath.Join(dir, pidName))
	require.DirExists(t, filepath.Join(dir, "temporal"), "the data stays")

	said, err = devstack(t, dir, "down").CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "Nothing was running.", strings.TrimSpace(string(said)))
}

// The demo is the product's first impression: every invoice ends as it must, whatever
// the season. The world begins before Christmas here; on its own it begins today.
func TestDemoOnce(t *testing.T) { //nolint:paralleltest // see above
	for _, from := range []string{"", "2027-12-08"} {
		out, err := devstack(t, stackDir(t), "demo", "--once", "--from", from).CombinedOutput()
		require.NoError(t, err, string(out))
		require.NotContains(t, string(out), "UNEXPECTED")
	}
}
