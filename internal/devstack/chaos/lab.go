package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"maan/internal/devstack/postgres"
	"maan/internal/devstack/world"
)

// lab is a whole stack for one case, of which every part can be taken away.
type lab struct {
	*world.World

	dir      string
	database *postgres.Server
	server   *world.TemporalServer
}

// startLab starts everything but the second worker. Close it, also after an error.
func startLab(ctx context.Context, o Options, reports int) (l *lab, err error) {
	l = &lab{}
	if l.dir, err = os.MkdirTemp("", "maan-chaos-"); err != nil {
		return l, fmt.Errorf("make a folder: %w", err)
	}
	if err := os.Chmod(l.dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's own user must pass
		return l, fmt.Errorf("open the folder for PostgreSQL: %w", err)
	}
	l.database, err = postgres.Start(ctx, postgres.Config{
		Dir: filepath.Join(l.dir, "pg"), Settings: []string{"track_commit_timestamp=on"}, // the order of commits, from the database itself
	})
	if err != nil {
		return l, err
	}
	if err := l.database.EnsureDatabase(ctx, "maan"); err != nil {
		return l, err
	}
	if l.server, err = world.StartTemporal(o.Devstack, filepath.Join(l.dir, "temporal")); err != nil {
		return l, err
	}
	l.World, err = world.Start(ctx, world.Options{
		Binary: o.Maan, Dir: l.dir, DatabaseURL: l.database.URL("maan"), TemporalAddress: l.server.Address, ReportAttempts: reports,
	})
	return l, err
}

// close ends everything. The folder stays if the case failed: its logs tell why.
func (l *lab) close(failed bool) error {
	var errs []error
	if l.World != nil {
		errs = append(errs, l.Close())
	}
	if l.server != nil {
		errs = append(errs, l.server.Kill())
	}
	if l.database != nil {
		errs = append(errs, l.database.Stop())
	}
	if l.dir != "" && !failed {
		errs = append(errs, os.RemoveAll(l.dir))
	}
	return errors.Join(errs...)
}

// behave makes a provider misbehave.
func (l *lab) behave(ctx context.Context, behaviour map[string]any) error {
	controls := &world.Client{Base: l.Providers.URL()}
	return controls.Must(ctx, http.MethodPost, "/control/behaviour", behaviour, nil)
}
