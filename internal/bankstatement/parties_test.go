package bankstatement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"maan/internal/bankstatement"
)

func TestRead_References(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, tp, ref string
		want          bankstatement.Reference
	}{
		{"OGM", "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>BBA</Issr>", "010806817183", bankstatement.Reference{Scheme: bankstatement.SchemeOGM, Value: "010806817183"}},
		{"OGMAsPrinted", "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>BBA</Issr>", "+++010/8068/17183+++", bankstatement.Reference{Scheme: bankstatement.SchemeOGM, Value: "010806817183"}},
		{"RF", "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>ISO</Issr>", "rf18 5390 0754 7034", bankstatement.Reference{Scheme: bankstatement.SchemeRF, Value: "RF18539007547034"}},
		{"CUR", "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>CUR</Issr>", "5000056789012345", bankstatement.Reference{Scheme: bankstatement.SchemeCUR, Value: "5000056789012345"}},
		{"IssuerAsProprietaryCode", "<CdOrPrtry><Prtry>BBA</Prtry></CdOrPrtry>", "010806817183", bankstatement.Reference{Scheme: bankstatement.SchemeOGM, Value: "010806817183"}},
		{"NoIssuerIsDetected", "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry>", "RF712348231", bankstatement.Reference{Scheme: bankstatement.SchemeRF, Value: "RF712348231"}},
		{"NoTypeIsDetected", "", "010806817183", bankstatement.Reference{Scheme: bankstatement.SchemeOGM, Value: "010806817183"}},
		{"FailedCheckStaysAsItIs", "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>BBA</Issr>", "4654654654654654", bankstatement.Reference{Scheme: bankstatement.SchemeSCOR, Value: "4654654654654654"}},
		{"FailedCheckIsNoOtherIssuers", "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>BBA</Issr>", "5000056789012345", bankstatement.Reference{Scheme: bankstatement.SchemeSCOR, Value: "5000056789012345"}},
		{"OwnNumber", "<CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry>", "INV-2026-7", bankstatement.Reference{Scheme: bankstatement.SchemeSCOR, Value: "INV-2026-7"}},
		{"NotACreditorsReference", "<CdOrPrtry><Cd>RADM</Cd></CdOrPrtry>", "X-1", bankstatement.Reference{Scheme: bankstatement.SchemeOther, Value: "X-1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			strd := "<Strd><CdtrRefInf><Tp>" + tt.tp + "</Tp><Ref>" + tt.ref + "</Ref></CdtrRefInf></Strd>"
			e, _ := readEntry(t, credit+details(tx("<RmtInf>"+strd+strd+"</RmtInf>")))
			require.Equal(t, []bankstatement.Reference{tt.want}, e.Transactions[0].References, "once")
		})
	}
}

func TestRead_Counterparties(t *testing.T) {
	t.Parallel()
	const (
		debtor   = "<Dbtr><Nm>Debtor</Nm></Dbtr><DbtrAcct><Id><IBAN>be68 5390 0754 7034</IBAN></Id></DbtrAcct>"
		creditor = "<Cdtr><Nm>Creditor</Nm></Cdtr><CdtrAcct><Id><Othr><Id>12345</Id></Othr></Id></CdtrAcct>"
		ours     = "<DbtrAcct><Id><IBAN>" + ownIBAN + "</IBAN></Id></DbtrAcct>"
	)
	theDebtor := bankstatement.Counterparty{Name: "Debtor", IBAN: "BE68539007547034"}
	theCreditor := bankstatement.Counterparty{Name: "Creditor", Account: "12345"}
	tests := []struct {
		name, indicator, reversal, parties, after string
		want                                      bankstatement.Counterparty
	}{
		{"CreditIsFromTheDebtor", "CRDT", "false", debtor + creditor, "", theDebtor},
		{"DebitIsToTheCreditor", "DBIT", "false", debtor + creditor, "", theCreditor},
		{"CreditTakenBackIsTheDebtors", "DBIT", "true", debtor + creditor, "", theDebtor},
		{"ReturnIsTheDebtorsWithoutTheFlag", "DBIT", "false", debtor + creditor, "<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf>", theDebtor},
		{"OwnTransferThatCameBackIsTheCreditors", "CRDT", "false", debtor + creditor, "<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf>", theCreditor},
		{"OnlyPartyNamed", "CRDT", "false", creditor, "", theCreditor},
		{"NeverTheOwnAccount", "DBIT", "true", ours + creditor, "", theCreditor},
		{"NoParty", "CRDT", "false", "", "", bankstatement.Counterparty{}},
		{"PartyOfVersion08", "CRDT", "false", "<Dbtr><Pty><Nm>Debtor</Nm></Pty></Dbtr><UltmtDbtr><Pty><Nm>Other</Nm></Pty></UltmtDbtr>", "", bankstatement.Counterparty{Name: "Debtor", Ultimate: "Other"}},
		{"BankOfVersion08", "CRDT", "false", "<Dbtr><Agt><FinInstnId><Nm>Bank</Nm></FinInstnId></Agt></Dbtr>", "", bankstatement.Counterparty{Name: "Bank"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, _ := readEntry(t, `<Amt Ccy="EUR">10.00</Amt><CdtDbtInd>`+tt.indicator+`</CdtDbtInd><RvslInd>`+tt.reversal+`</RvslInd><Sts>BOOK</Sts>`+dates+
				details(tx("<RltdPties>"+tt.parties+"</RltdPties>"+tt.after)))
			require.Equal(t, tt.want, e.Transactions[0].Counterparty)
		})
	}
}
