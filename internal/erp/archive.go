package erp

import (
	"bytes"
	"context"
	"strings"

	"github.com/google/uuid"

	"maan/internal/collection"
	"maan/internal/einvoice"
	"maan/internal/imports"
	"maan/internal/intake"
	"maan/internal/store"
)

// maxHeld bounds the documents that are held while their invoices wait to be written.
const maxHeld = 16 << 20

// archive takes in a ZIP of e-invoices. Credit notes come last, for the invoices that they
// correct may stand behind them.
func (b *bulk) archive(ctx context.Context) error {
	a := &archive{bulk: b, meaning: EInvoices{Cases: b.cases, Creditor: b.creditor}, buyers: map[string]buyer{}}
	for file, err := range intake.UBLZip(bytes.NewReader(b.job.Content), int64(len(b.job.Content)), intake.UBLLimits{}) {
		if err != nil {
			if err := a.flush(ctx); err != nil {
				return err
			}
			return refuseFile(b.job, err)
		}
		if err := a.take(ctx, &file); err != nil {
			return err
		}
	}
	if err := a.flush(ctx); err != nil {
		return err
	}
	return a.corrections(ctx)
}

// archive is a ZIP of e-invoices on its way in.
type archive struct {
	*bulk

	meaning EInvoices
	buyers  map[string]buyer // by what they were looked for: a look-up reads every customer
	list    []arrival
	held    int
	notes   []correction
	done    int
}

type buyer struct {
	customer uuid.UUID
	err      error
}

// correction is a credit note that waits for all invoices to be there.
type correction struct {
	name     string
	customer uuid.UUID
	doc      *einvoice.Document
}

func (a *archive) take(ctx context.Context, f *intake.UBLFile) error {
	a.done++
	switch {
	case f.Note != nil && f.Note.Code == intake.NoteSkipped:
		a.job.Count("skipped", 1)
		return nil
	case f.Document == nil:
		a.refuse(f)
		return nil
	}
	customer, err := a.customer(ctx, f.Document)
	if ruled(a.job, place{source: f.Name}, err) {
		a.job.Count("refused", 1)
		return nil
	}
	if err != nil {
		return err
	}
	if f.Document.Kind == einvoice.KindCreditNote {
		a.notes = append(a.notes, correction{name: f.Name, customer: customer, doc: f.Document})
		return nil
	}
	n := a.meaning.Invoice(customer, f.Document, f.Findings, f.Content)
	n.QuietUntil = a.settings.quietUntil
	a.list = append(a.list, arrival{at: place{source: f.Name}, invoice: n})
	if a.held += len(f.Content); len(a.list) >= perChunk || a.held >= maxHeld {
		return a.flush(ctx)
	}
	return nil
}

// refuse notes what is wrong with a file of the archive.
func (a *archive) refuse(f *intake.UBLFile) {
	a.job.Count("refused", 1)
	if f.Fault != nil {
		a.job.Fault(sheetFault(f.Name, *f.Fault))
	}
	for _, finding := range f.Findings {
		if finding.Severity == einvoice.SeverityError {
			a.job.Fault(store.UploadFault{Field: finding.Path, Code: string(finding.Code), Message: in(f.Name, finding.Message)})
		}
	}
}

func (a *archive) customer(ctx context.Context, doc *einvoice.Document) (uuid.UUID, error) {
	s, p := doc.Supplier, doc.Buyer
	key := strings.Join([]string{
		s.EndpointScheme, s.EndpointID, s.VATNumber, s.RegistrationNumber, p.EndpointScheme, p.EndpointID, p.VATNumber, p.RegistrationNumber,
	}, "\x00")
	if known, ok := a.buyers[key]; ok {
		return known.customer, known.err
	}
	id, err := a.meaning.Customer(ctx, doc, "")
	if _, refused := collection.AsRefusal(err); err == nil || refused {
		a.buyers[key] = buyer{customer: id, err: err}
	}
	return id, err
}

func (a *archive) flush(ctx context.Context) error {
	started, err := a.start(ctx, a.list)
	if err != nil {
		return err
	}
	for i, s := range started {
		a.tell(a.list[i].at, &a.list[i].invoice, s)
	}
	a.list, a.held = a.list[:0], 0
	a.job.Progress(a.done, 0)
	return nil
}

// corrections books the credit notes.
func (a *archive) corrections(ctx context.Context) error {
	for _, c := range a.notes {
		existed, err := a.correct(ctx, &c)
		switch {
		case ruled(a.job, place{source: c.name}, err):
			a.job.Count("refused", 1)
		case err != nil:
			return err
		case existed:
			a.job.Count("credit_notes_existed", 1)
		default:
			a.job.Count("credit_notes", 1)
		}
	}
	a.job.Progress(a.done, a.done)
	return nil
}

func (a *archive) correct(ctx context.Context, c *correction) (existed bool, err error) {
	j := a.job
	if j.Upload.DryRun {
		return a.cases.Store().ReceiptExists(ctx, a.creditor.ID, collection.EntryCreditNote, c.doc.Number)
	}
	done, err := a.meaning.CreditNote(ctx, store.Everything, j.Now, j.Actor, c.customer, c.doc)
	return done.Existed, err
}

var _ imports.Importer = (*Invoices)(nil)
