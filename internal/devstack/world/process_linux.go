package world

import (
	"os/exec"
	"runtime"
	"syscall"
)

func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// startLocked starts a child from a thread that lives as long as this process: Linux
// sends the death signal when the thread that started the child ends.
func startLocked(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		select {} //nolint:staticcheck // the thread must not end
	}()
	return <-started
}
