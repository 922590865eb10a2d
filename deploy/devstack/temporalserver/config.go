package temporalserver

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

const (
	// DefaultNamespace is the namespace of the development server.
	DefaultNamespace = "default"
	// DefaultRetention is how long a closed history is kept: longer than the longest collection, so
	// that an auditor finds last year's case. The server's own SQLite helper would keep it one day.
	DefaultRetention = 400 * 24 * time.Hour

	loopback       = "127.0.0.1"
	databaseFile   = "temporal.db"
	schemaDoneFile = "temporal.db.ready"
	logFile        = "temporal.log"
)

// Config says where the development server keeps its data and where it listens. The zero value of
// every field but Dir is useful.
type Config struct {
	// Dir holds the SQLite file and the log; it is made when it does not exist.
	Dir string
	// Port is the gRPC port on 127.0.0.1; 0 takes a free one.
	Port int
	// UIPort is the port of the web UI on 127.0.0.1; 0 takes a free one.
	UIPort int
	// Namespace is made at the first start; empty means DefaultNamespace.
	Namespace string
	// Retention applies when the namespace is made; 0 means DefaultRetention.
	Retention time.Duration
	// LogLevel of the server's log file: debug, info, warn or error; empty means error.
	LogLevel string
}

// SearchAttributes returns the custom search attributes that the collection workflows set, by name.
// They are registered when the namespace is made.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		"InvoiceRef":      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"CustomerRef":     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"CollectionStage": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"Paused":          enumspb.INDEXED_VALUE_TYPE_BOOL,
		"NextActionAt":    enumspb.INDEXED_VALUE_TYPE_DATETIME,
		"DueDate":         enumspb.INDEXED_VALUE_TYPE_DATETIME,
		"AmountMinor":     enumspb.INDEXED_VALUE_TYPE_INT,
		"Currency":        enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	}
}

// withDefaults fills what is empty and refuses a directory that SQLite's file address cannot carry.
func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return Config{}, errors.New("temporal development server: no directory given")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return Config{}, fmt.Errorf("temporal development server: directory %q: %w", c.Dir, err)
	}
	if strings.ContainsAny(dir, "?#%") {
		return Config{}, fmt.Errorf("temporal development server: directory %q holds one of ?, # and %%, which SQLite would misread; choose another", dir)
	}
	c.Dir = dir
	if c.Namespace == "" {
		c.Namespace = DefaultNamespace
	}
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.LogLevel == "" {
		c.LogLevel = "error"
	}
	return c, nil
}

func (c Config) file(name string) string { return filepath.Join(c.Dir, name) }
