package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const childArguments = "MAAN_TEST_DEVSTACK_CHILD"

// TestMain lets this test program play the devstack command.
func TestMain(m *testing.M) {
	if os.Getenv(childArguments) != "" {
		os.Exit(run())
	}
	os.Exit(m.Run())
}

// temporal starts `devstack temporal` below the given shell script, in which "$@" is the command,
// and returns the shell and the addresses that were printed.
func temporal(t *testing.T, script string, more ...string) (*exec.Cmd, addresses) {
	t.Helper()
	args := append([]string{"-c", script, "sh", os.Args[0], "temporal", "--dir", t.TempDir()}, more...)
	cmd := exec.Command("sh", args...)
	cmd.Env = append(os.Environ(), childArguments+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	require.NoError(t, err)
	var printed addresses
	require.NoError(t, json.Unmarshal(line, &printed))
	require.NotEmpty(t, printed.Temporal)
	require.NotEmpty(t, printed.UI)
	return cmd, printed
}

func TestTemporalStopsAtSIGTERM(t *testing.T) {
	t.Parallel()
	cmd, _ := temporal(t, `exec "$@"`)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}

func TestTemporalEndsWithItsParent(t *testing.T) {
	t.Parallel()
	pidFile := filepath.Join(t.TempDir(), "pid")
	cmd, _ := temporal(t, `"$@" & echo $! > `+pidFile+`; wait`, "--die-with-parent")
	text, err := os.ReadFile(pidFile)
	require.NoError(t, err)
	pid, err := strconv.Atoi(string(text[:len(text)-1]))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Kill())
	require.Eventually(t, func() bool { return gone(pid) }, 30*time.Second, 50*time.Millisecond)
}

// gone counts a process that has ended but that nobody has waited for.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	for i := len(stat) - 1; i > 0; i-- {
		if stat[i] == ')' {
			return len(stat) > i+2 && stat[i+2] == 'Z'
		}
	}
	return false
}
