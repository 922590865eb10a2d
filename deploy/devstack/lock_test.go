package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPIDFileIsTakenOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pid")
	held, err := takePIDFile(path)
	require.NoError(t, err)
	_, err = takePIDFile(path)
	require.ErrorIs(t, err, errRuns)
	pid, err := readPID(path)
	require.NoError(t, err)
	require.Equal(t, os.Getpid(), pid, "the second attempt leaves the first's id alone")
	require.NoError(t, held.release())
	require.NoFileExists(t, path)
	again, err := takePIDFile(path)
	require.NoError(t, err)
	require.NoError(t, again.release())
}

// A file that a killed stack left behind names a stranger by now: nobody is ended.
func TestStalePIDFileEndsNobody(t *testing.T) {
	t.Parallel()
	stranger := exec.Command("sleep", "60")
	require.NoError(t, stranger.Start())
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	path := filepath.Join(t.TempDir(), "pid")
	require.NoError(t, os.WriteFile(path, []byte(strconv.Itoa(stranger.Process.Pid)), 0o600))
	ended, err := endByPIDFile(context.Background(), path)
	require.NoError(t, err)
	require.False(t, ended)
	require.NoFileExists(t, path)
	require.False(t, gone(stranger.Process.Pid))
}

func TestNoPIDFileIsNoError(t *testing.T) {
	t.Parallel()
	ended, err := endByPIDFile(context.Background(), filepath.Join(t.TempDir(), "pid"))
	require.NoError(t, err)
	require.False(t, ended)
}
