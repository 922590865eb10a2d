package api

import (
	"bytes"
	"context"
	"strings"

	"github.com/google/uuid"

	"maan/internal/imports"
	"maan/internal/store"
)

// CreateImport keeps a file; its import begins by itself.
func (s *server) CreateImport(ctx context.Context, r CreateImportRequestObject) (CreateImportResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	options, err := optionsOf(in.Options)
	if err != nil {
		return nil, err
	}
	u, existed, err := s.imports.Take(ctx, who.scope, who.now, who.actor, imports.File{
		CreditorID: in.Creditor, Kind: in.Kind, Name: in.Name, Content: bodyOf(ctx), Options: options, DryRun: in.DryRun == "true",
	})
	if err != nil {
		return nil, err
	}
	if existed {
		return CreateImport200JSONResponse(importOf(u)), nil
	}
	return CreateImport202JSONResponse(importOf(u)), nil
}

// optionsOf reads "as_of:2026-11-23,decimal:comma".
func optionsOf(text string) (map[string]string, error) {
	options := map[string]string{}
	if text == "" {
		return options, nil
	}
	var bad faults
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, ":")
		name = strings.TrimSpace(name)
		if !ok || !plainName.MatchString(name) {
			bad.add("options", "invalid_form", "write name:value pairs with commas between them, such as as_of:2026-11-23")
			continue
		}
		options[name] = strings.TrimSpace(value)
	}
	return options, bad.err()
}

// GetImport tells how far an import is.
func (s *server) GetImport(ctx context.Context, r GetImportRequestObject) (GetImportResponseObject, error) {
	u, err := s.imports.Find(ctx, callerOf(ctx).scope, r.ID)
	return GetImport200JSONResponse(importOf(u)), err
}

// ListImports lists files, newest first.
func (s *server) ListImports(ctx context.Context, r ListImportsRequestObject) (ListImportsResponseObject, error) {
	who, in := callerOf(ctx), r.Params
	if err := who.mayNarrow(in.Creditor); err != nil {
		return nil, err
	}
	p, err := page(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.FindUploads(ctx, who.scope, in.Creditor, in.Kind, p)
	if err != nil {
		return nil, err
	}
	rows, next := cut(rows, in.Limit, func(u *store.Upload) uuid.UUID { return u.ID })
	return ListImports200JSONResponse{Items: each(rows, importOf), NextCursor: next}, nil
}

// ListImportFaults lists what was wrong in a file.
func (s *server) ListImportFaults(ctx context.Context, r ListImportFaultsRequestObject) (ListImportFaultsResponseObject, error) {
	if _, err := s.imports.Find(ctx, callerOf(ctx).scope, r.ID); err != nil {
		return nil, err
	}
	faults, err := s.store.UploadFaults(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if !wantsCSV(r.Params.Format, r.Params.Accept) {
		return ListImportFaults200JSONResponse{Items: each(faults, func(f store.UploadFault) ImportFault {
			return ImportFault{Line: f.Line, Field: f.Field, Code: f.Code, Message: f.Message}
		})}, nil
	}
	var file bytes.Buffer
	if err := imports.WriteFaults(&file, faults); err != nil {
		return nil, err
	}
	return ListImportFaults200TextCsvResponse{Body: &file, ContentLength: int64(file.Len())}, nil
}

func importOf(u store.Upload) Import {
	return Import{
		ID: u.ID, Creditor: u.CreditorID, Kind: u.Kind, Name: u.Name, SHA256: u.SHA256, DryRun: u.DryRun, Status: u.Status, Total: u.Total,
		Done: u.Done, Faults: u.Faults, Result: u.Result, CreatedAt: u.CreatedAt, StartedAt: value(u.StartedAt), EndedAt: value(u.EndedAt),
	}
}
