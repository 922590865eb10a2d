// Package imports takes in files that bring many facts at once: bank statements, an ERP's
// open items, invoices in bulk.
//
// A file is kept first, under its hash, so that the same one counts once. Then a durable
// workflow has it imported: its input is the id of the file, never the content. An
// importer writes facts that are idempotent by keys of their own, so a run that was
// interrupted begins again from the top and repeats nothing.
package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/store"
)

// Kinds of files. Stored: never rename.
const (
	KindBankStatement = "bank_statement"
	KindOpenItems     = "open_items"
	KindInvoices      = "invoices"
)

// MaxSize bounds a file, in bytes.
const MaxSize = 64 << 20

// maxFaults bounds what is kept of a file's faults; the count goes on.
const maxFaults = 10_000

// Job is one import under way.
type Job struct {
	Upload  store.Upload
	Content []byte
	Now     time.Time // business time at which the import began
	Actor   collection.Actor

	progress func(done, total int)
	counts   map[string]int
	faults   []store.UploadFault
	bad      int
	refused  bool
	done     int
	total    int
}

// Progress tells how far the import is; total 0 means not known.
func (j *Job) Progress(done, total int) {
	j.done, j.total = done, total
	j.progress(done, total)
}

// Count adds to what became of the file's rows, under a stable code.
func (j *Job) Count(code string, n int) { j.counts[code] += n }

// Fault notes something wrong in the file; the other rows go on.
func (j *Job) Fault(f store.UploadFault) {
	j.bad++
	if len(j.faults) < maxFaults {
		j.faults = append(j.faults, f)
	}
}

// Refuse says that nothing of the file was taken in; its faults say why.
func (j *Job) Refuse() { j.refused = true }

// Importer takes in one kind of file. An error means that it must be tried again: the
// database is down. What is wrong with the file is a fault of the job.
type Importer interface {
	Import(ctx context.Context, j *Job) error
}

// Service keeps files and has them imported.
type Service struct {
	store     *store.Store
	importers map[string]Importer
}

// New makes a service of importers by kind.
func New(s *store.Store, importers map[string]Importer) *Service {
	return &Service{store: s, importers: importers}
}

// File is a file to take in.
type File struct {
	CreditorID string
	Kind       string
	Name       string
	Content    []byte
	Options    map[string]string
	DryRun     bool
}

// sum tells files apart. What a table says depends on its options too: open items that did not
// change over a day are another list if the sender says that they are of another day. A bank
// statement says the same under each option.
func (f *File) sum() []byte {
	h := sha256.New()
	h.Write(f.Content)
	if f.Kind != KindBankStatement {
		for _, name := range slices.Sorted(maps.Keys(f.Options)) {
			h.Write([]byte("\n" + name + ":" + f.Options[name]))
		}
	}
	return h.Sum(nil)
}

// Take keeps a file and puts it on its way. The same file again is the upload that was
// there, with existed true.
func (s *Service) Take(ctx context.Context, scope store.Scope, now time.Time, actor collection.Actor, f File) (u store.Upload, existed bool, err error) {
	if _, err := s.store.FindCreditor(ctx, scope, f.CreditorID); err != nil {
		return u, false, err
	}
	if err := s.check(f); err != nil {
		return u, false, err
	}
	if f.Options == nil {
		f.Options = map[string]string{}
	}
	sum := f.sum()
	return s.store.InsertUpload(ctx, store.Upload{
		ID: store.NewID(), CreditorID: f.CreditorID, Kind: f.Kind, Name: f.Name, SHA256: hex.EncodeToString(sum), Options: f.Options,
		DryRun: f.DryRun, Actor: string(actor), CreatedAt: now,
	}, f.Content)
}

func (s *Service) check(f File) error {
	switch {
	case s.importers[f.Kind] == nil:
		return collection.Refuse(collection.Invalid, "kind", "unknown_kind", "give one of %s", strings.Join(slices.Sorted(maps.Keys(s.importers)), ", "))
	case len(f.Content) == 0:
		return collection.Refuse(collection.Invalid, "", "empty", "the file is empty")
	case len(f.Content) > MaxSize:
		return collection.Refuse(collection.Invalid, "", "too_large", "at most %d MiB are taken at a time; split the file", MaxSize>>20)
	}
	return nil
}

// Find reads an upload within the scope.
func (s *Service) Find(ctx context.Context, scope store.Scope, id uuid.UUID) (store.Upload, error) {
	return s.store.FindUpload(ctx, scope, id)
}

// progressEvery is how often progress is written down.
const progressEvery = time.Second

// Run imports a kept file. Called again for the same file it begins again, or answers what
// became of it. The heartbeat is told how far it is.
func (s *Service) Run(ctx context.Context, u store.Upload, now time.Time, heartbeat func(done, total int)) (store.Upload, error) {
	importer := s.importers[u.Kind]
	if importer == nil {
		return u, fmt.Errorf("import %s: nothing imports kind %s", u.ID, u.Kind)
	}
	begun, err := s.store.BeginUpload(ctx, u.ID, now)
	if err != nil {
		return u, err
	}
	if !begun {
		return s.store.FindUpload(ctx, store.Everything, u.ID)
	}
	j := &Job{Upload: u, Now: now, Actor: collection.Actor(u.Actor), counts: map[string]int{}}
	if j.Content, err = s.store.UploadContent(ctx, u.ID); err != nil {
		return u, err
	}
	var failed error
	last := time.Now()
	j.progress = func(done, total int) {
		heartbeat(done, total)
		if time.Since(last) >= progressEvery {
			last = time.Now()
			failed = errors.Join(failed, s.store.ProgressUpload(ctx, u.ID, done, total))
		}
	}
	if err := errors.Join(importer.Import(ctx, j), failed); err != nil {
		return u, fmt.Errorf("import %s: %w", u.ID, err)
	}
	return s.end(ctx, j)
}

func (s *Service) end(ctx context.Context, j *Job) (store.Upload, error) {
	u, at := j.Upload, j.Now
	u.Status, u.Total, u.Done, u.Faults, u.Result, u.EndedAt = "done", j.total, j.done, j.bad, j.counts, &at
	if j.refused {
		u.Status = "refused"
	}
	return u, s.store.EndUpload(ctx, &u, j.faults)
}
