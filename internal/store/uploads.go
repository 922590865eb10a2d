package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Upload is a file that brings many facts at once, without its content.
type Upload struct {
	ID         uuid.UUID
	CreditorID string
	Kind       string // bank_statement, open_items, invoices
	Name       string
	SHA256     string `db:"sha256"`
	Options    map[string]string
	DryRun     bool
	Actor      string
	Status     string // waiting, running, done, refused
	Total      int    // rows or entries in the file; 0: not known yet
	Done       int
	Faults     int
	Result     map[string]int // how many of what
	CreatedAt  time.Time
	StartedAt  *time.Time
	EndedAt    *time.Time
}

const uploadColumns = `id, creditor_id, kind, name, sha256, options, dry_run, actor, status, total, done, faults, result, created_at, started_at, ended_at`

// UploadFault is something wrong in a file: where, and how to mend it. It repeats none of
// the file's content.
type UploadFault struct {
	Line    int // 0: the file as a whole
	Field   string
	Code    string
	Message string
}

// InsertUpload keeps a file. The same file of the same kind is there once: then the one
// that was there is answered, and existed is true. A file with faults may come again.
func (s *Store) InsertUpload(ctx context.Context, u Upload, content []byte) (kept Upload, existed bool, err error) {
	kept, err = one[Upload](ctx, s.pool, `insert into upload (id, creditor_id, kind, name, content, sha256, options, dry_run, actor, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (creditor_id, kind, sha256) where not dry_run and status <> 'refused' and faults = 0 do nothing returning `+uploadColumns,
		u.ID, u.CreditorID, u.Kind, u.Name, content, u.SHA256, u.Options, u.DryRun, u.Actor, u.CreatedAt)
	if errors.Is(err, ErrNotFound) {
		kept, err = one[Upload](ctx, s.pool, `select `+uploadColumns+` from upload where creditor_id = $1 and kind = $2 and sha256 = $3
			and not dry_run and status <> 'refused' and faults = 0`, u.CreditorID, u.Kind, u.SHA256)
		return kept, true, err
	}
	if err != nil {
		return kept, false, fmt.Errorf("keep file: %w", err)
	}
	_, err = s.pool.Exec(ctx, `select pg_notify('upload', '')`)
	return kept, false, err
}

// FindUpload reads an upload within the scope.
func (s *Store) FindUpload(ctx context.Context, scope Scope, id uuid.UUID) (Upload, error) {
	return one[Upload](ctx, s.pool, `select `+uploadColumns+` from upload where id = $1 and ($2::text[] is null or creditor_id = any($2))`, id, scope.filter())
}

// FindUploads lists uploads, newest first; the page continues before its last id.
func (s *Store) FindUploads(ctx context.Context, scope Scope, creditor, kind string, p Page) ([]Upload, error) {
	w := &where{}
	w.scope("creditor_id", scope)
	if creditor != "" {
		w.add("creditor_id = $%d", creditor)
	}
	if kind != "" {
		w.add("kind = $%d", kind)
	}
	if p.After != uuid.Nil {
		w.add("id < $%d", p.After)
	}
	return list[Upload](ctx, s.pool, `select `+uploadColumns+` from upload`+w.sql()+` order by id desc`+w.limit(p.Limit), w.args...)
}

// UploadContent reads the file itself.
func (s *Store) UploadContent(ctx context.Context, id uuid.UUID) (content []byte, err error) {
	err = s.pool.QueryRow(ctx, `select content from upload where id = $1`, id).Scan(&content)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrNotFound
	}
	return content, err
}

// WaitingUploads lists what nobody has begun to import, oldest first.
func (s *Store) WaitingUploads(ctx context.Context, limit int) ([]Upload, error) {
	return list[Upload](ctx, s.pool, `select `+uploadColumns+` from upload where status = 'waiting' order by id limit $1`, limit)
}

// BeginUpload marks an import as running; one that begins again after a crash counts anew.
// An import that has ended stays so, and begun is false.
func (s *Store) BeginUpload(ctx context.Context, id uuid.UUID, at time.Time) (begun bool, err error) {
	tag, err := s.pool.Exec(ctx, `update upload set status = 'running', started_at = coalesce(started_at, $2), done = 0
		where id = $1 and status in ('waiting', 'running')`, id, at)
	return err == nil && tag.RowsAffected() == 1, err
}

// ProgressUpload tells how far an import is.
func (s *Store) ProgressUpload(ctx context.Context, id uuid.UUID, done, total int) error {
	_, err := s.pool.Exec(ctx, `update upload set done = $2, total = $3 where id = $1`, id, done, total)
	return err
}

// EndUpload records what became of an import, with everything that was wrong in the file.
func (s *Store) EndUpload(ctx context.Context, u *Upload, faults []UploadFault) error {
	return s.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.exec(ctx, "end import", `update upload set status = $2, total = $3, done = $4, faults = $5, result = $6, ended_at = $7 where id = $1`,
			u.ID, u.Status, u.Total, u.Done, u.Faults, u.Result, u.EndedAt); err != nil {
			return err
		}
		if err := tx.exec(ctx, "forget faults", `delete from upload_fault where upload_id = $1`, u.ID); err != nil {
			return err
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"upload_fault"}, []string{"upload_id", "seq", "line", "field", "code", "message"},
			pgx.CopyFromSlice(len(faults), func(i int) ([]any, error) {
				f := faults[i]
				return []any{u.ID, i + 1, f.Line, f.Field, f.Code, f.Message}, nil
			}))
		return err
	})
}

// UploadFaults lists what was wrong in a file, in its order.
func (s *Store) UploadFaults(ctx context.Context, id uuid.UUID) ([]UploadFault, error) {
	return list[UploadFault](ctx, s.pool, `select line, field, code, message from upload_fault where upload_id = $1 order by seq`, id)
}
