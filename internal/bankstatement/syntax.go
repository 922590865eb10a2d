package bankstatement

import (
	"regexp"
	"slices"

	"maan/internal/xmlsafe"
)

const namespacePrefix = "urn:iso:std:iso:20022:tech:xsd:"

// shapes holds what is read, by version: everything else is passed over
// without being stored. The versions differ where the status stands; the other
// differences (a party's name in Pty, charges in Rcrd) are read wherever they
// occur.
var shapes = map[string]xmlsafe.Shape{
	"camt.053.001.02": documentShape("Sts"),
	"camt.053.001.03": documentShape("Sts"),
	"camt.053.001.04": documentShape("Sts"),
	"camt.053.001.08": documentShape("Sts/Cd"),
}

func documentShape(status string) xmlsafe.Shape {
	const stmt = "BkToCstmrStmt/Stmt/"
	entry := slices.Concat(entryPaths, []string{status}, under("Chrgs/", chargePaths))
	detail := slices.Concat(detailPaths, under("Chrgs/", chargePaths))
	for _, party := range []string{"Dbtr", "Cdtr"} {
		detail = append(detail, under("RltdPties/"+party, partyPaths)...)
		detail = append(detail, under("RltdPties/Ultmt"+party, partyPaths[:2])...)
	}
	return xmlsafe.NewShape(slices.Concat(
		[]string{"BkToCstmrStmt/GrpHdr/MsgId", "BkToCstmrStmt/GrpHdr/CreDtTm"},
		under(stmt, headPaths),
		under(stmt+"Ntry/", entry),
		under(stmt+"Ntry/NtryDtls/TxDtls/", detail),
	)...)
}

func under(stem string, tails []string) []string {
	paths := make([]string, 0, len(tails))
	for _, tail := range tails {
		paths = append(paths, stem+tail)
	}
	return paths
}

var headPaths = []string{
	"Id", "ElctrncSeqNb", "LglSeqNb", "CreDtTm", "FrToDt/FrDtTm", "FrToDt/ToDtTm",
	"Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Ccy",
	"Bal/Tp/CdOrPrtry/Cd", "Bal/Amt", "Bal/CdtDbtInd", "Bal/Dt/Dt", "Bal/Dt/DtTm",
}

var entryPaths = []string{
	"NtryRef", "Amt", "CdtDbtInd", "RvslInd", "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm", "AcctSvcrRef",
	"BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd", "BkTxCd/Prtry/Cd",
	"AmtDtls/InstdAmt/Amt", "NtryDtls/Btch/NbOfTxs", "AddtlNtryInf",
}

var detailPaths = []string{
	"Refs/AcctSvcrRef", "Refs/InstrId", "Refs/EndToEndId", "Refs/MndtId",
	"Amt", "CdtDbtInd", "AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt",
	"RltdPties/DbtrAcct/Id/IBAN", "RltdPties/DbtrAcct/Id/Othr/Id",
	"RltdPties/CdtrAcct/Id/IBAN", "RltdPties/CdtrAcct/Id/Othr/Id",
	"RmtInf/Ustrd", "RmtInf/Strd/AddtlRmtInf", "RmtInf/Strd/RfrdDocInf/Nb", "RmtInf/Strd/CdtrRefInf/Ref",
	"RmtInf/Strd/CdtrRefInf/Tp/CdOrPrtry/Cd", "RmtInf/Strd/CdtrRefInf/Tp/CdOrPrtry/Prtry", "RmtInf/Strd/CdtrRefInf/Tp/Issr",
	"RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/AddtlInf", "AddtlTxInf",
}

// partyPaths are the names of a party: until version .04 its own, in .08 that
// of a Pty or of an Agt.
var partyPaths = []string{"/Nm", "/Pty/Nm", "/Agt/FinInstnId/Nm"}

// chargePaths are those of .02 and, in Rcrd, of .04 and .08.
var chargePaths = []string{"Amt", "CdtDbtInd", "TtlChrgsAndTaxAmt", "Rcrd/Amt", "Rcrd/CdtDbtInd"}

// message matches the namespace of a message of ISO 20022.
var message = regexp.MustCompile(`^` + namespacePrefix + `([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})$`)

// notRead says what was found instead of a CAMT.053 that is read. Anything but
// a message of ISO 20022 is not echoed: it may be anything.
func notRead(namespace string) string {
	const want = "; read are camt.053.001.02, .03, .04 and .08"
	found := message.FindStringSubmatch(namespace)
	if found == nil {
		return "the root element is not the Document of an ISO 20022 message (its xmlns is another, or is missing)" + want
	}
	switch found[1][:len("camt.053")] {
	case "camt.053":
		return "the file is " + found[1] + want
	case "camt.052":
		return "the file is " + found[1] + ", a report during the day whose entries may still change" + want + ": ask the bank for the statement of the day"
	case "camt.054":
		return "the file is " + found[1] + ", a notification of single bookings without balances" + want + ": ask the bank for the statement of the day"
	}
	return "the file is " + found[1] + ", which is no bank statement" + want
}
