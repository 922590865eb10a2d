package temporalserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// sqlConfig describes the SQLite file. With a write-ahead log and synchronous=NORMAL a killed
// process loses no committed transaction; only a power cut may lose the last ones.
func sqlConfig(cfg Config) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: cfg.file(databaseFile),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "1",
			"busy_timeout": "5000",
		},
	}
}

// prepareDatabase makes the tables and the namespace where they are missing. A marker file says that
// the tables are complete: without it, what a killed first start left behind is made anew.
func prepareDatabase(cfg Config, sql *config.SQL) error {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("temporal development server: make directory: %w", err)
	}
	marker := cfg.file(schemaDoneFile)
	if _, err := os.Stat(marker); errors.Is(err, fs.ErrNotExist) {
		if err := makeSchema(cfg, sql); err != nil {
			return err
		}
		if err := os.WriteFile(marker, nil, 0o600); err != nil {
			return fmt.Errorf("temporal development server: mark the tables as complete: %w", err)
		}
	} else if err != nil {
		return fmt.Errorf("temporal development server: look for %s: %w", marker, err)
	}
	return makeNamespace(cfg, sql)
}

func makeSchema(cfg Config, sql *config.SQL) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(cfg.file(databaseFile + suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("temporal development server: remove unfinished database: %w", err)
		}
	}
	if err := sqlite.SetupSchema(sql); err != nil {
		return fmt.Errorf("temporal development server: make tables: %w", err)
	}
	return nil
}

// makeNamespace does nothing when the namespace exists.
func makeNamespace(cfg Config, sql *config.SQL) error {
	ns, err := sqlite.NewNamespaceConfig(clusterName, cfg.Namespace, false, SearchAttributes())
	if err != nil {
		return fmt.Errorf("temporal development server: describe namespace %q: %w", cfg.Namespace, err)
	}
	ns.Detail.Config.Retention = durationpb.New(cfg.Retention)
	if err := sqlite.CreateNamespaces(sql, ns); err != nil {
		return fmt.Errorf("temporal development server: make namespace %q: %w", cfg.Namespace, err)
	}
	return nil
}
