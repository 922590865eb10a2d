package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"maan/internal/bankstatement/statementtest"
	"maan/internal/calendar"
	"maan/internal/cash"
	"maan/internal/dunning"
	"maan/internal/imports"
	"maan/internal/intake"
	"maan/internal/money"
	"maan/internal/reference"
	"maan/internal/simulation"
	"maan/internal/store"
)

// What is to be read, matched and simulated.
const (
	statementEntries = 10_000
	openInvoices     = 50_000
	csvInvoices      = 10_000
	pastInvoices     = 2_466
)

// files measures how fast files are read, and a statement matched.
func (r *rig) files(ctx context.Context) ([]Figure, error) {
	statement, err := bankFile()
	if err != nil {
		return nil, err
	}
	read, err := r.readStatement(ctx, statement)
	if err != nil {
		return nil, err
	}
	match, err := r.matchStatement(ctx, statement)
	if err != nil {
		return nil, err
	}
	rows, err := validateCSV()
	if err != nil {
		return nil, err
	}
	past, err := simulate()
	return append(read, match, rows, past), err
}

// bankFile is a statement in which each entry pays an invoice of [rig.owe] by its reference.
func bankFile() ([]byte, error) {
	spec := statementtest.Spec{Account: benchAccount, Date: calendar.DateOf(time.Now()), Opening: money.New(0, "EUR")}
	for i := range statementEntries {
		ref, err := bankReference(i)
		if err != nil {
			return nil, err
		}
		spec.Entries = append(spec.Entries, statementtest.Entry{
			Amount: money.New(121000, "EUR"), Reference: ref, BankRef: fmt.Sprintf("BENCH-%06d", i), Name: "Klant BV", IBAN: "DE89370400440532013000",
			EndToEndID: fmt.Sprintf("E2E-%06d", i), Text: "met dank",
		})
	}
	var file bytes.Buffer
	err := statementtest.Write(&file, spec)
	return file.Bytes(), err
}

const benchAccount = "NL91ABNA0417164300"

func bankReference(i int) (string, error) { return reference.MakeRF(fmt.Sprintf("9%09d", i)) }

// readStatement has the command read the file: a process of its own, whose time and memory the
// machine accounts for.
func (r *rig) readStatement(ctx context.Context, file []byte) ([]Figure, error) {
	path := filepath.Join(r.Dir, "statement.xml")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return nil, fmt.Errorf("write a statement: %w", err)
	}
	cmd := exec.CommandContext(ctx, r.Binary, "bank", "read", path) //nolint:gosec // our own program
	begin := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("read a statement: %w: %s", err, out[:min(len(out), 500)])
	}
	took := time.Since(begin)
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	note := fmt.Sprintf("%d entries, %d KB, the whole command", statementEntries, len(file)>>10)
	return []Figure{
		{Name: "a bank statement is read", Value: took.Seconds(), Unit: "s", Bar: 2, Most: true, Note: note},
		{Name: "memory for it", Value: float64(usage.Maxrss) / 1024, Unit: "MB", Bar: 200, Most: true},
	}, nil
}

// matchStatement matches the file against open invoices in the database, without booking.
func (r *rig) matchStatement(ctx context.Context, file []byte) (Figure, error) {
	f := Figure{Name: "a bank statement is matched", Unit: "s", Bar: 60, Most: true}
	if err := r.owe(ctx); err != nil {
		return f, err
	}
	files := imports.New(r.db, map[string]imports.Importer{imports.KindBankStatement: cash.New(r.db, r.cases)})
	u, _, err := files.Take(ctx, store.Everything, time.Now(), actor, imports.File{
		CreditorID: bankCreditor, Kind: imports.KindBankStatement, Content: file, DryRun: true,
	})
	if err != nil {
		return f, fmt.Errorf("take a statement: %w", err)
	}
	begin := time.Now()
	u, err = files.Run(ctx, u, begin, func(int, int) {})
	if err != nil {
		return f, fmt.Errorf("match a statement: %w", err)
	}
	f.Value = time.Since(begin).Seconds()
	if u.Result["matched"] != statementEntries {
		return f, fmt.Errorf("match a statement: %v instead of %d matched", u.Result, statementEntries)
	}
	f.Note = fmt.Sprintf("%d entries against %d open invoices, read and matched", statementEntries, openInvoices)
	return f, nil
}

const bankCreditor = "bench-bank"

// owe makes open invoices of a creditor of their own, without workflows: only matching looks at
// them.
func (r *rig) owe(ctx context.Context) error {
	_, err := r.Pool.Exec(ctx, `insert into creditor (id, name, country, zone, language, sender_name, sender_email, reply_to, phone, contact_name, iban,
			account_name, payments_by, created_at) values ($1, 'Bank BV', 'NL', 'Europe/Amsterdam', 'nl', 'Bank', 'a@b.example', 'a@b.example', '1', 'A', $2, 'Bank BV', 'bank', now())`,
		bankCreditor, benchAccount)
	if err != nil {
		return fmt.Errorf("make a creditor: %w", err)
	}
	references := make([]string, openInvoices)
	for i := range references {
		if references[i], err = bankReference(i); err != nil {
			return err
		}
	}
	_, err = r.Pool.Exec(ctx, `with c as (insert into customer (id, creditor_id, number, legal_name, kind, language, country, created_at)
			select gen_random_uuid(), $1, 'B' || n, 'Klant', 'business', 'nl', 'NL', now() from generate_series(0, 999) n returning id, number)
		insert into invoice (id, creditor_id, customer_id, number, issue_date, due_date, currency, amount_minor, payment_reference, delivery, sending,
			policy_version_id, source, content_hash, arrived_at, open_minor)
		select gen_random_uuid(), $1, c.id, 'BB' || lpad(r.n::text, 6, '0'), current_date, current_date + 30, 'EUR', 121000, r.reference, 'not_applicable',
			'send_here', (select id from policy_version limit 1), 'api', '', now(), 121000
		from unnest($2::text[]) with ordinality as r (reference, n) join c on c.number = 'B' || (r.n % 1000)`, bankCreditor, references)
	if err != nil {
		return fmt.Errorf("make open invoices: %w", err)
	}
	return nil
}

func validateCSV() (Figure, error) {
	f := Figure{Name: "a CSV file of invoices is validated", Unit: "s", Bar: 5, Most: true, Note: fmt.Sprintf("%d invoices of %d customers", csvInvoices, csvInvoices/10)}
	today := calendar.DateOf(time.Now())
	var file strings.Builder
	file.WriteString("customer_number,name,kind,country,email,invoice_number,issue_date,due_date,amount,currency,sending,sent_channel,sent_on\n")
	for i := range csvInvoices {
		fmt.Fprintf(&file, "K%d,Klant BV,business,NL,ap%d@customer.example,F%d,%s,%s,1210.00,EUR,already_sent,erp,%s\n",
			i/10, i/10, i, today, today.AddDays(30), today)
	}
	begin := time.Now()
	rows, err := intake.Invoices(strings.NewReader(file.String()), intake.InvoiceOptions{Today: today})
	if err != nil {
		return f, fmt.Errorf("validate a file: %w", err)
	}
	good := 0
	for row, err := range rows.Invoices() {
		if err != nil {
			return f, fmt.Errorf("validate a file: %w", err)
		}
		if row.Invoice != nil {
			good++
		}
	}
	f.Value = time.Since(begin).Seconds()
	if good != csvInvoices {
		return f, fmt.Errorf("validate a file: %d of %d invoices are good", good, csvInvoices)
	}
	return f, nil
}

// simulate takes past invoices up the standard policy, from file to report.
func simulate() (Figure, error) {
	f := Figure{Name: "a policy is simulated", Unit: "s", Bar: 2, Most: true, Note: fmt.Sprintf("%d past invoices, from file to report", pastInvoices)}
	source, err := dunning.Shipped(dunning.PolicyStandard)
	if err != nil {
		return f, err
	}
	policy, err := dunning.ParsePolicy(source)
	if err != nil {
		return f, err
	}
	first := calendar.NewDate(2024, time.January, 2)
	var file strings.Builder
	file.WriteString("invoice,customer,country,kind,issue_date,due_date,amount,currency,disputed_on,resolved_on,paid_on\n")
	for i := range pastInvoices {
		issued := first.AddDays(i % 600)
		disputed, resolved := "", ""
		if i%4 == 0 {
			disputed, resolved = issued.AddDays(20).String(), issued.AddDays(28+i%50).String()
		}
		fmt.Fprintf(&file, "F%d,K%d,NL,business,%s,%s,%d.00,EUR,%s,%s,%s\n", i, i%100, issued, issued.AddDays(30), 100+i%900, disputed, resolved, issued.AddDays(28+i%50))
	}
	begin := time.Now()
	history, err := simulation.ReadHistory(strings.NewReader(file.String()))
	if err != nil {
		return f, fmt.Errorf("simulate: %w", err)
	}
	report, err := simulation.Run(policy, history, simulation.Options{Seed: 1})
	if err != nil {
		return f, fmt.Errorf("simulate: %w", err)
	}
	f.Value = time.Since(begin).Seconds()
	if len(report.Timelines) != pastInvoices {
		return f, fmt.Errorf("simulate: %d of %d invoices", len(report.Timelines), pastInvoices)
	}
	return f, nil
}
