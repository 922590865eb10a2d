package world

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// dieWithParent also puts the child out of reach of the terminal's Ctrl-C: the parent
// stops it in its turn.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// startLocked starts a child from a thread that lives as long as this process: Linux
// sends the death signal when the thread that started the child ends.
func startLocked(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {} // the thread must not end
	}()
	return <-started
}

// memory is the most that a process has had in memory, in bytes.
func memory(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	_, after, found := strings.Cut(string(text), "VmHWM:")
	var kilobytes int
	if _, err := fmt.Sscanf(after, "%d kB", &kilobytes); err != nil || !found {
		return 0, fmt.Errorf("memory of process %d: the system does not say it", pid)
	}
	return kilobytes << 10, nil
}
