package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"maan/internal/reference"
)

func referenceCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reference",
		Short: "Make and check payment references and account numbers",
		Long: `Make and check the references by which a payment finds its invoice:

  ogm               Belgian structured communication: 10 digits and 2 check digits
  rf                creditor reference of ISO 11649: RF, 2 check digits, up to 21 letters and digits
  betalingskenmerk  Dutch payment reference: 7 digits, or a check digit, a length code and 7 to 12
                    digits, or a check digit and 15 digits
  iban              account number of the SEPA area

Nothing is sent or stored, and neither database nor settings are needed.`,
	}
	cmd.AddCommand(referenceMakeCmd(), referenceCheckCmd())
	return cmd
}

func referenceMakeCmd() *cobra.Command {
	var scheme string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "make --scheme SCHEME VALUE",
		Short: "Add the check digits to a number of your own",
		Long: `Add the check digits to a number of your own, an invoice or customer number for example.
It prints the canonical form, which goes into files and messages to banks, and the printed form,
which goes on paper. The value is:

  ogm               1 to 10 digits; zeros are put before it
  rf                1 to 21 letters and digits
  betalingskenmerk  7 to 15 digits; the length is part of the reference, so write zeros yourself
                    below 7; with 13 or 14, zeros are put before it
  iban              the country and the national account number, with or without 00 between them`,
		Example: "  maan reference make --scheme ogm 3124013980\n" +
			"  maan reference make --scheme rf 539007547034\n" +
			"  maan reference make --scheme betalingskenmerk 234534622567\n" +
			"  maan reference make --scheme iban NL00ABNA0417164300",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := reference.Scheme(scheme)
			canonical, err := reference.Make(name, strings.Join(args, " "))
			if err != nil {
				return err
			}
			return printReference(cmd.OutOrStdout(), asJSON, newReferenceAnswer(name, canonical))
		},
	}
	referenceFlags(cmd, &scheme, &asJSON)
	return cmd
}

func referenceCheckCmd() *cobra.Command {
	var scheme string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check --scheme SCHEME VALUE",
		Short: "Say whether a reference or account number is valid, and if not everything that is wrong",
		Long: `Say whether a reference or account number is valid. Spaces and small letters do not matter.
If it is not valid, every reason is printed with what to do about it, and the exit code is 1.

A valid value is one without a typing error. Nobody can see from it whether it was ever issued,
or whether the account exists and whose it is. A betalingskenmerk of 7 digits has no check digit
and is always valid.`,
		Example: "  maan reference check --scheme ogm '+++010/8068/17183+++'\n" +
			"  maan reference check --scheme rf RF18 5390 0754 7034\n" +
			"  maan reference check --scheme betalingskenmerk 12 2345 3462 2567\n" +
			"  maan reference check --scheme iban NL91ABNA0417164300 --json",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, value := reference.Scheme(scheme), strings.Join(args, " ")
			canonical, faults := reference.Check(name, value)
			if len(faults) > 0 && faults[0].Code == reference.UnknownScheme {
				return faults[0]
			}
			answer := newReferenceAnswer(name, canonical)
			if len(faults) > 0 {
				answer = refusedReference(name, value, faults)
			}
			err := printReference(cmd.OutOrStdout(), asJSON, answer)
			if err == nil && len(faults) > 0 {
				err = errors.New("the value is not valid as " + scheme)
			}
			return err
		},
	}
	referenceFlags(cmd, &scheme, &asJSON)
	return cmd
}

func referenceFlags(cmd *cobra.Command, scheme *string, asJSON *bool) {
	cmd.Flags().StringVar(scheme, "scheme", "", "ogm, rf, betalingskenmerk or iban")
	cmd.Flags().BoolVar(asJSON, "json", false, "print one JSON object")
	if err := cmd.MarkFlagRequired("scheme"); err != nil {
		panic(err) // the flag is defined two lines above
	}
}

// referenceAnswer is what make and check print.
type referenceAnswer struct {
	Scheme    reference.Scheme  `json:"scheme"`
	Valid     bool              `json:"valid"`
	Canonical string            `json:"canonical,omitzero"`
	Printed   string            `json:"printed,omitzero"`
	Reasons   []referenceReason `json:"reasons,omitempty"`
	Notes     []string          `json:"notes,omitempty"`
}

type referenceReason struct {
	Code   reference.Code `json:"code"`
	Detail string         `json:"detail"`
}

func newReferenceAnswer(name reference.Scheme, canonical string) referenceAnswer {
	a := referenceAnswer{Scheme: name, Valid: true, Canonical: canonical, Printed: reference.Format(name, canonical)}
	if name == reference.IBAN && !reference.PassesElfproef(canonical) {
		a.Notes = append(a.Notes, "the account number does not pass the Dutch eleven test; many of ING do not, with another bank compare it with the original")
	}
	return a
}

func refusedReference(name reference.Scheme, value string, faults []*reference.Error) referenceAnswer {
	a := referenceAnswer{Scheme: name}
	for _, fault := range faults {
		a.Reasons = append(a.Reasons, referenceReason{fault.Code, fault.Detail})
	}
	for _, other := range reference.Others(name, value) {
		a.Notes = append(a.Notes, fmt.Sprintf("the value is valid as %s: try --scheme %s", other, other))
	}
	return a
}

func printReference(w io.Writer, asJSON bool, a referenceAnswer) error {
	if asJSON {
		return json.NewEncoder(w).Encode(a)
	}
	if a.Valid {
		fmt.Fprintf(w, "valid %s\ncanonical  %s\nprinted    %s\n", a.Scheme, a.Canonical, a.Printed)
	} else {
		fmt.Fprintf(w, "not valid as %s\n", a.Scheme)
	}
	for _, r := range a.Reasons {
		fmt.Fprintf(w, "reason     %s (%s)\n", r.Detail, r.Code)
	}
	for _, note := range a.Notes {
		fmt.Fprintf(w, "note       %s\n", note)
	}
	return nil
}
