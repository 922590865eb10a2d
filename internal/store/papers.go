package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"maan/internal/calendar"
)

// AddDelivery adds a delivery.
func AddDelivery(id, invoice uuid.UUID, on calendar.Date, proof string, last bool, actor string, at time.Time) Write {
	return statement(`insert into delivery (id, invoice_id, delivered_on, proof, last, actor, business_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, id, invoice, on, proof, last, actor, at)
}

// Document is a file of a case.
type Document struct {
	ID          uuid.UUID
	InvoiceID   uuid.UUID
	Kind        string
	ContentType string
	Content     []byte
	SHA256      string `db:"sha256"`
	BusinessAt  time.Time
	Name        string `db:"-"` // of the file in a mail that has several of the kind
}

const documentColumns = `id, invoice_id, kind, content_type, content, sha256, business_at`

// AddDocument adds a document; the same file twice is one.
func AddDocument(d Document) Write {
	return statement(`insert into document (`+documentColumns+`) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (invoice_id, kind, sha256) do nothing`, d.ID, d.InvoiceID, d.Kind, d.ContentType, d.Content, d.SHA256, d.BusinessAt)
}

// Documents lists the files of a case but earlier dossiers.
func (tx *Tx) Documents(ctx context.Context, invoice uuid.UUID) ([]Document, error) {
	return list[Document](ctx, tx, `select `+documentColumns+` from document where invoice_id = $1 and kind <> 'dossier' order by id`, invoice)
}

// Note is free text of a person; it can be erased.
type Note struct {
	ID         uuid.UUID
	CustomerID uuid.UUID
	InvoiceID  *uuid.UUID
	TaskID     *uuid.UUID
	Subject    string
	Body       string
	Actor      string
	BusinessAt time.Time
}

// InsertNote adds a note.
func (tx *Tx) InsertNote(ctx context.Context, n Note) error {
	return tx.exec(ctx, "insert note", `insert into note (id, customer_id, invoice_id, task_id, subject, body, actor, business_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, n.ID, n.CustomerID, n.InvoiceID, n.TaskID, n.Subject, n.Body, n.Actor, n.BusinessAt)
}
