package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"maan/internal/calendar"
	"maan/internal/devstack/world"
)

const slug = "chaos"

// creditor makes the creditor with its agency.
func (s *scene) creditor(ctx context.Context, mode string) error {
	var agency struct {
		ID string `json:"id"`
	}
	err := s.API.Must(ctx, http.MethodPost, "/v1/agencies", map[string]any{
		"name": "Incasso Voorbeeld", "country": "NL", "registration_number": "87654321", "email": "intake@agency.example",
	}, &agency)
	if err != nil {
		return err
	}
	err = s.API.Must(ctx, http.MethodPost, "/v1/creditors", map[string]any{
		"id": slug, "name": "Voorbeeld Leverancier BV", "registration_number": "12345678", "vat_number": "NL123456789B01", "street": "Kade 1",
		"postcode": "1011AB", "city": "Amsterdam", "country": "NL", "zone": "Europe/Amsterdam", "language": "nl", "iban": "NL91ABNA0417164300",
		"account_name": "Voorbeeld Leverancier BV", "sender_name": "Voorbeeld Leverancier", "sender_email": "facturen@leverancier.example",
		"reply_to": "debiteuren@leverancier.example", "phone": "+31 20 123 4567", "contact_name": "Sanne de Vries", "agency_id": agency.ID,
	}, nil)
	if err != nil {
		return err
	}
	return s.API.Must(ctx, http.MethodPut, "/v1/creditors/"+slug+"/mode", map[string]any{"mode": mode, "reason": "chaos"}, nil)
}

// file is the CSV of the invoices: sent by the ERP a month ago and due today, so that the
// reminder is the first message that leaves here. Each tenth customer has two of them, and
// each fourth takes SMS as well.
func (s *scene) file() world.File {
	today := calendar.DateOf(s.Clock.Now())
	var text strings.Builder
	text.WriteString("customer_number,name,kind,country,language,email,mobile,mobile_billing,invoice_number,issue_date,due_date,amount,currency,sending,sent_channel,sent_on\n")
	for i, customer := 0, 0; i < s.n; customer++ {
		invoices := 1
		if customer%10 == 0 {
			invoices = 2
		}
		mobile, billing := "", "no"
		if customer%4 == 0 {
			mobile, billing = fmt.Sprintf("+316%08d", 12340001+customer*10), "yes"
		}
		for ; invoices > 0 && i < s.n; i, invoices = i+1, invoices-1 {
			fmt.Fprintf(&text, "K%05d,Klant %d BV,business,NL,nl,ap%d@customer.example,%s,%s,F%05d,%s,%s,250.00,EUR,already_sent,erp,%s\n",
				customer, customer, customer, mobile, billing, i, today.AddDays(-30), today, today.AddDays(-30))
		}
	}
	return world.File(text.String())
}

// importInvoices takes the invoices in and waits until all their workflows have heard of them.
func (s *scene) importInvoices(ctx context.Context) error {
	if err := s.creditor(ctx, "automatic"); err != nil {
		return err
	}
	if err := s.post(ctx, s.API, s.file()); err != nil {
		return err
	}
	return s.imported(ctx)
}

// post sends the file in.
func (s *scene) post(ctx context.Context, as *world.Client, file world.File) error {
	return as.Must(ctx, http.MethodPost, "/v1/imports?creditor="+slug+"&kind=invoices", file, nil)
}

// imported waits until every invoice is there and at rest.
func (s *scene) imported(ctx context.Context) error {
	var n, faults int
	err := s.poll(ctx, 3*time.Minute, func() (bool, error) {
		var running int
		err := s.Pool.QueryRow(ctx, `select (select count(*) from invoice), (select count(*) from upload where status in ('waiting', 'running')),
			(select count(*) from upload_fault)`).Scan(&n, &running, &faults)
		return running == 0 && n > 0 || faults > 0, err
	})
	if err != nil {
		return errors.Join(fmt.Errorf("%d of %d invoices are imported", n, s.n), err)
	}
	if n != s.n || faults > 0 {
		return fmt.Errorf("%d instead of %d invoices are imported, with %d faults", n, s.n, faults)
	}
	return s.Clock.Quiet(ctx)
}

// operatorsImport has two people import the same file, and then start the same invoices.
func (s *scene) operatorsImport(ctx context.Context) error {
	if err := s.creditor(ctx, "approve"); err != nil {
		return err
	}
	file := s.file()
	if err := s.twice(ctx, func(as *world.Client) error { return s.post(ctx, as, file) }); err != nil {
		return err
	}
	if err := s.imported(ctx); err != nil {
		return err
	}
	more := max(1, s.n/20)
	rows, err := s.Pool.Query(ctx, `select id::text from customer c
		where (select count(*) from invoice i where i.customer_id = c.id) = 1 order by number limit $1`, more)
	if err != nil {
		return err
	}
	customers, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	today := calendar.DateOf(s.Clock.Now())
	err = s.twice(ctx, func(as *world.Client) error {
		for i, customer := range customers {
			err := as.Must(ctx, http.MethodPost, "/v1/invoices", map[string]any{
				"creditor": slug, "customer_id": customer, "number": fmt.Sprintf("T%05d", i), "issue_date": today.AddDays(-30).String(),
				"due_date": today.String(), "amount": map[string]any{"amount": "250.00", "currency": "EUR"},
				"already_sent": map[string]any{"channel": "erp", "on": today.AddDays(-30).String(), "proof": "erp-1"},
			}, nil)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.n += more
	return s.imported(ctx)
}

// apart is the time between two people who do the same.
const apart = 200 * time.Millisecond

// twice has two operators do the same, the second a moment after the first.
func (s *scene) twice(ctx context.Context, do func(as *world.Client) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, name := range []string{"operator-1", "operator-2"} {
		key, err := s.NewKey(ctx, "administrator", name)
		if err != nil {
			return err
		}
		g.Go(func() error {
			if err := wait(ctx, time.Duration(i)*apart); err != nil {
				return err
			}
			return do(&world.Client{Base: s.API.Base, Key: key})
		})
	}
	return g.Wait()
}

// wait lets time pass.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
