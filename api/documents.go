package api

import (
	"bytes"
	"context"
	"io"

	"maan/internal/collection"
	"maan/internal/store"
)

// pdfMark begins every PDF (ISO 32000-1, 7.5.2); some writers put up to a kilobyte of
// other bytes before it.
const pdfMark, pdfSearch = "%PDF-", 1024

// AddDocument keeps a PDF with the case.
func (s *server) AddDocument(ctx context.Context, r AddDocumentRequestObject) (AddDocumentResponseObject, error) {
	who := callerOf(ctx)
	if _, err := s.store.InvoiceRow(ctx, who.scope, r.ID); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var bad faults
	if !bytes.Contains(content[:min(len(content), pdfSearch)], []byte(pdfMark)) {
		bad.add("", "not_a_pdf", "the body is not a PDF document")
		return nil, bad.err()
	}
	done, err := s.service.Attach(ctx, who.scope, who.now, who.actor, r.ID,
		collection.NewDocument{Kind: r.Params.Kind, ContentType: "application/pdf", Content: content})
	change, err := s.toldChange(ctx, done, err)
	return AddDocument201JSONResponse(change), err
}

// ListDocuments lists the files of a case.
func (s *server) ListDocuments(ctx context.Context, r ListDocumentsRequestObject) (ListDocumentsResponseObject, error) {
	if _, err := s.store.InvoiceRow(ctx, callerOf(ctx).scope, r.ID); err != nil {
		return nil, err
	}
	rows, err := s.store.DocumentsOf(ctx, r.ID)
	return ListDocuments200JSONResponse{Items: each(rows, func(d store.DocumentView) Document {
		return Document{ID: d.ID, Kind: d.Kind, ContentType: d.ContentType, Bytes: d.Bytes, SHA256: d.SHA256, AddedAt: d.BusinessAt}
	})}, err
}
