package bankstatement

// Return is what a return reason code of ISO 20022 means and what follows.
//
// Whatever the reason, the invoice of a returned direct debit is open again
// with its first due date, and is paid by transfer from then on.
type Return struct {
	Code    string `json:"code"`
	Meaning string `json:"meaning"`
	// StopsDebits: another debit of this account under this mandate can only
	// fail, or must not be tried.
	StopsDebits bool `json:"stops_debits"`
	// Unauthorised: the payer says there is no valid mandate, for which a
	// refund can be had for 13 months instead of 8 weeks.
	Unauthorised bool `json:"unauthorised"`
}

// returns holds the codes of the SEPA direct debit and credit transfer
// rulebooks that companies meet.
var returns = map[string]Return{
	"AC01": {Meaning: "the account number is wrong or does not exist", StopsDebits: true},
	"AC04": {Meaning: "the account is closed", StopsDebits: true},
	"AC06": {Meaning: "the account is blocked"},
	"AC13": {Meaning: "the account is a consumer's, and the debit was business to business", StopsDebits: true},
	"AG01": {Meaning: "direct debits or transfers are not allowed on this account", StopsDebits: true},
	"AG02": {Meaning: "the kind of the collection, first or recurrent, is wrong"},
	"AM04": {Meaning: "there is not enough money on the account"},
	"AM05": {Meaning: "the payment is a duplicate"},
	"BE05": {Meaning: "the creditor's identifier is wrong"},
	"CUST": {Meaning: "the payer asked for the transfer back"},
	"DUPL": {Meaning: "the payer's bank says the transfer was made twice and asks for it back"},
	"FOCR": {Meaning: "the transfer comes back after it was asked back"},
	"FRAD": {Meaning: "the payer's bank says the transfer is a fraud and asks for it back"},
	"MD01": {Meaning: "there is no valid mandate", StopsDebits: true, Unauthorised: true},
	"MD02": {Meaning: "the mandate's data are missing or wrong"},
	"MD06": {Meaning: "the payer had the direct debit refunded, for which no reason is needed for 8 weeks"},
	"MD07": {Meaning: "the account's holder has died", StopsDebits: true},
	"MS02": {Meaning: "the payer refused the payment"},
	"MS03": {Meaning: "the bank gives no reason; it may be lack of money or a closed account"},
	"RC01": {Meaning: "the bank's code (BIC) is wrong"},
	"RR01": {Meaning: "the law asks for the payer's account number, which is missing"},
	"RR02": {Meaning: "the law asks for the payer's name or address, which is missing"},
	"RR03": {Meaning: "the law asks for the payee's name or address, which is missing"},
	"RR04": {Meaning: "the law forbids the payment"},
	"SL01": {Meaning: "the payer has debits of this creditor, or all debits, blocked at the bank"},
	"TECH": {Meaning: "the payer's bank made a technical error and asks for the payment back"},
}

// LookupReturn returns the meaning of a code; ok is false for one that is not
// known here, of which nothing may be concluded.
func LookupReturn(code string) (r Return, ok bool) {
	r, ok = returns[code]
	r.Code = code
	return r, ok
}
