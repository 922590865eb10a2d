package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that the server runs as.
type account struct {
	name     string
	uid, gid int
	// dropped says that this is another user than the one who calls.
	dropped bool
}

// chooseAccount returns the caller's own account, or for root the owner of the existing data, else
// the user postgres, else nobody.
func chooseAccount(data string) (account, error) {
	if os.Getuid() != 0 {
		return account{name: "yourself", uid: os.Getuid(), gid: os.Getgid()}, nil
	}
	if info, err := os.Stat(data); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
			uid := int(st.Uid)
			return account{name: "user " + strconv.Itoa(uid), uid: uid, gid: int(st.Gid), dropped: true}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		if a, err := lookUp(name); err == nil {
			return a, nil
		}
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user nobody; make one of them or start as another user")
}

func lookUp(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, fmt.Errorf("look up user %s: %w", name, err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return account{}, fmt.Errorf("user %s has no numeric id: %w", name, err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return account{}, fmt.Errorf("user %s has no numeric group: %w", name, err)
	}
	return account{name: "user " + name, uid: uid, gid: gid, dropped: true}, nil
}

// canReach says whether the account may pass through every folder above path. Folders that do not
// exist yet will be made by the caller with mode 0755 and count as passable.
func (a account) canReach(path string) bool {
	if !a.dropped {
		return true
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil || !a.maySearch(info):
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// maySearch reads the mode bits of the owner, the group or the others, whichever applies.
func (a account) maySearch(dir fs.FileInfo) bool {
	st, ok := dir.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	switch mode := dir.Mode().Perm(); {
	case int(st.Uid) == a.uid:
		return mode&0o100 != 0
	case int(st.Gid) == a.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// owns says whether the directory belongs to the account.
func (a account) owns(dir fs.FileInfo) bool {
	st, ok := dir.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == a.uid
}
