package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"maan/api"
	"maan/internal/collection"
	"maan/internal/dunning"
	"maan/internal/store"
)

func messageCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "message", Short: "Look at what customers are sent"}
	cmd.AddCommand(previewCmd())
	return cmd
}

type previewFlags struct {
	invoice, step, channel, html string
	json                         bool
}

func previewCmd() *cobra.Command {
	var f previewFlags
	cmd := &cobra.Command{
		Use:   "preview --invoice CREDITOR/NUMBER [--step reminder]",
		Short: "Show the message that a step of an invoice would send, and why it would not be sent",
		Long: `Show the message that a step of an invoice would send: to whom, with which text and
which files, and, where it would not be sent, why. A step of the future is shown as it
would be on its day. Nothing is written and nothing is sent.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return preview(cmd, f) },
	}
	cmd.Flags().StringVar(&f.invoice, "invoice", "", "creditor and invoice number, as acme/2026-001")
	cmd.Flags().StringVar(&f.step, "step", "", "step of the invoice's policy; empty for the next one")
	cmd.Flags().StringVar(&f.channel, "channel", "", "email or sms; empty for email where the step has it")
	cmd.Flags().StringVar(&f.html, "html", "", "file for the mail's HTML, to be opened in a browser")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the answer of the API")
	if err := cmd.MarkFlagRequired("invoice"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

func preview(cmd *cobra.Command, f previewFlags) error {
	creditor, number, ok := strings.Cut(f.invoice, "/")
	if !ok || creditor == "" || number == "" {
		return errors.New("--invoice: give creditor and invoice number, as acme/2026-001")
	}
	a, err := open(cmd.Context())
	if err != nil {
		return err
	}
	defer a.store.Close()
	now, err := a.clock.Now(cmd.Context())
	if err != nil {
		return err
	}
	id, err := a.store.FindInvoiceID(cmd.Context(), store.Everything, creditor, number)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("creditor %q has no invoice %q", creditor, number)
	}
	if err != nil {
		return err
	}
	p, err := collection.New(a.store, collection.Settings{}).Preview(cmd.Context(), store.Everything, now, id,
		collection.PreviewQuery{Step: dunning.StepID(f.step), Channel: dunning.Channel(f.channel)})
	if err != nil {
		return err
	}
	m := api.PreviewOf(p)
	if f.html != "" {
		if m.HTML == "" {
			return errors.New("--html: this message has no HTML")
		}
		if err := os.WriteFile(f.html, []byte(m.HTML), 0o600); err != nil {
			return err
		}
	}
	if f.json {
		out := json.NewEncoder(cmd.OutOrStdout())
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(m)
	}
	printPreview(cmd.OutOrStdout(), m)
	return nil
}

func printPreview(w io.Writer, m api.MessagePreview) {
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-12s %s\n", label, text)
		}
	}
	instant := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format("Monday 2 January 2006 at 15:04 UTC")
	}
	line("invoice", m.Creditor+"/"+m.Number)
	line("step", m.Step+" by "+string(m.Channel))
	line("planned", instant(m.PlannedAt))
	if m.WouldSend {
		line("verdict", "It would be sent.")
	} else {
		line("verdict", m.Because)
		line("code", m.Code)
		line("not before", instant(m.NotBefore))
		line("missing", strings.Join(m.Missing, ", "))
	}
	line("to", strings.TrimSpace(m.RecipientName+" <"+m.Recipient+">"))
	line("from", strings.TrimSpace(m.FromName+" <"+m.From+">"))
	line("reply to", m.ReplyTo)
	line("subject", m.Subject)
	line("files", strings.Join(m.Attachments, ", "))
	if m.Text != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimRight(m.Text, "\n"))
	}
}
