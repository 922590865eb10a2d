//go:build !linux

package postgres

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// attributes runs a program as the account and out of reach of the terminal's Ctrl-C.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.dropped {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

// dieWithThread has no counterpart here; see followParent.
func dieWithThread(*syscall.SysProcAttr) {}

// followParent starts a shell that waits for this process to go and then stops the server: only
// Linux tells a child that its parent has ended.
func followParent(pid int) error {
	const script = `while kill -0 "$1" 2>/dev/null && kill -0 "$2" 2>/dev/null; do sleep 1; done; kill -INT "$2" 2>/dev/null`
	cmd := exec.Command("sh", "-c", script, "follow", strconv.Itoa(os.Getpid()), strconv.Itoa(pid))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	return nil
}
