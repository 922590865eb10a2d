//go:build !linux

package world

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func startLocked(cmd *exec.Cmd) error { return cmd.Start() }

// memory is what a process has in memory now, in bytes.
func memory(pid int) (int, error) {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec,noctx // a number
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	kilobytes, err := strconv.Atoi(strings.TrimSpace(string(out)))
	return kilobytes << 10, err
}
