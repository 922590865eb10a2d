package postgres

import "syscall"

// attributes runs a program as the account and out of reach of the terminal's Ctrl-C.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.dropped {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // ids come from the system
	}
	return attr
}

// dieWithThread has the kernel send the program PostgreSQL's fast-shutdown signal when the thread
// that starts it ends.
func dieWithThread(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// followParent has nothing to do here: the kernel does it.
func followParent(int) error { return nil }
