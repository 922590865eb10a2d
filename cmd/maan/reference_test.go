package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReferenceMake(t *testing.T) {
	t.Parallel()
	tests := []struct{ scheme, value, canonical, printed string }{
		{"ogm", "3124013980", "312401398067", "+++312/4013/98067+++"},
		{"rf", "539007547034", "RF18539007547034", "RF18 5390 0754 7034"},
		{"betalingskenmerk", "234534622567", "12234534622567", "12 2345 3462 2567"},
		{"betalingskenmerk", "1234567", "271234567", "2 7123 4567"},
		{"betalingskenmerk", "000056789012345", "5000056789012345", "5000 0567 8901 2345"},
		{"iban", "NL00ABNA0417164300", "NL91ABNA0417164300", "NL91 ABNA 0417 1643 00"},
	}
	for _, tt := range tests {
		t.Run(tt.canonical, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, "", "reference", "make", "--scheme", tt.scheme, tt.value)
			require.NoError(t, err)
			require.Equal(t, "valid "+tt.scheme+"\ncanonical  "+tt.canonical+"\nprinted    "+tt.printed+"\n", out)

			out, err = run(t, "", "reference", "make", "--json", "--scheme", tt.scheme, tt.value)
			require.NoError(t, err)
			require.JSONEq(t, `{"scheme":"`+tt.scheme+`","valid":true,"canonical":"`+tt.canonical+`","printed":"`+tt.printed+`"}`, out)

			out, err = run(t, "", "reference", "check", "--scheme", tt.scheme, tt.printed)
			require.NoError(t, err)
			require.Contains(t, out, "valid "+tt.scheme+"\ncanonical  "+tt.canonical+"\n")
		})
	}
}

func TestReferenceMake_SaysWhyNot(t *testing.T) {
	t.Parallel()
	for says, args := range map[string]string{
		"ogm: the base has 11 digits: give 1 to 10":             "--scheme ogm 12345678901",
		"ogm: the base is zero":                                 "--scheme ogm 0",
		"rf: the base may hold letters A-Z and digits only":     "--scheme rf 2026-0123",
		"betalingskenmerk: the base has 3 digits: give 7 to 15": "--scheme betalingskenmerk 123",
		"iban: has check digits already":                        "--scheme iban NL91ABNA0417164300",
		"use ogm, rf, betalingskenmerk or iban":                 "--scheme vcs 1",
		`required flag(s) "scheme" not set`:                     "1",
		"requires at least 1 arg":                               "--scheme rf",
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, "", append([]string{"reference", "make"}, strings.Fields(args)...)...)
			require.ErrorContains(t, err, says)
			require.Empty(t, out)
		})
	}
}

func TestReferenceCheck_TellsEveryReason(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scheme, value string
		codes, notes  []string
	}{
		{"ogm", "+++123/4567/89012+++", []string{"check_digits"}, nil},
		{"ogm", "000000000097", []string{"all_zero"}, nil},
		{"ogm", "010-8068-1718", []string{"character", "length"}, nil},
		{"rf", "RF68539007547034", []string{"check_digits"}, nil},
		{"betalingskenmerk", "13234534622567", []string{"length_code", "check_digits"}, nil},
		{"iban", "NL02RABO0123456789", []string{"check_digits"}, nil},
		{"ogm", "rf18 5390 0754 7034", []string{"character", "length"}, []string{"the value is valid as rf: try --scheme rf"}},
	}
	for _, tt := range tests {
		t.Run(tt.scheme+" "+tt.value, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, "", "reference", "check", "--json", "--scheme", tt.scheme, tt.value)
			require.EqualError(t, err, "the value is not valid as "+tt.scheme)
			var answer referenceAnswer
			require.NoError(t, json.Unmarshal([]byte(out), &answer))
			require.False(t, answer.Valid)
			require.Empty(t, answer.Canonical)
			var codes []string
			for _, r := range answer.Reasons {
				require.NotEmpty(t, r.Detail)
				codes = append(codes, string(r.Code))
			}
			require.Equal(t, tt.codes, codes)
			require.Equal(t, tt.notes, answer.Notes)

			text, err := run(t, "", "reference", "check", "--scheme", tt.scheme, tt.value)
			require.Error(t, err)
			require.Contains(t, text, "not valid as "+tt.scheme+"\n")
			for _, r := range answer.Reasons {
				require.Contains(t, text, "reason     "+r.Detail+" ("+string(r.Code)+")\n")
			}
		})
	}
}

func TestReferenceCheck_ElfproefIsANote(t *testing.T) {
	t.Parallel()
	out, err := run(t, "", "reference", "check", "--scheme", "iban", "NL20 INGB 0001 2345 67")
	require.NoError(t, err)
	require.Contains(t, out, "valid iban\ncanonical  NL20INGB0001234567\n")
	require.Contains(t, out, "note       the account number does not pass the Dutch eleven test")
}

// The examples of the help texts work as they stand.
func TestReference_ExamplesOfTheHelpWork(t *testing.T) {
	t.Parallel()
	examples := 0
	for _, cmd := range referenceCmd().Commands() {
		for line := range strings.Lines(cmd.Example) {
			args := strings.Fields(strings.ReplaceAll(line, "'", ""))
			require.Equal(t, "maan", args[0])
			out, err := run(t, "", args[1:]...)
			require.NoError(t, err, line)
			require.Contains(t, out, "valid", line)
			examples++
		}
	}
	require.Equal(t, 8, examples)
}
