package world

import (
	"os/exec"
	"runtime"
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
