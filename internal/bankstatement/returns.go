package bankstatement

// returns says what the return reason codes of ISO 20022 mean, of those in the SEPA direct
// debit and credit transfer rulebooks that companies meet.
var returns = map[string]string{
	"AC01": "the account number is wrong or does not exist",
	"AC04": "the account is closed",
	"AC06": "the account is blocked",
	"AC13": "the account is a consumer's, and the debit was business to business",
	"AG01": "direct debits or transfers are not allowed on this account",
	"AG02": "the kind of the collection, first or recurrent, is wrong",
	"AM04": "there is not enough money on the account",
	"AM05": "the payment is a duplicate",
	"BE05": "the creditor's identifier is wrong",
	"CUST": "the payer asked for the transfer back",
	"DUPL": "the payer's bank says the transfer was made twice and asks for it back",
	"FOCR": "the transfer comes back after it was asked back",
	"FRAD": "the payer's bank says the transfer is a fraud and asks for it back",
	"MD01": "there is no valid mandate",
	"MD02": "the mandate's data are missing or wrong",
	"MD06": "the payer had the direct debit refunded, for which no reason is needed for 8 weeks",
	"MD07": "the account's holder has died",
	"MS02": "the payer refused the payment",
	"MS03": "the bank gives no reason; it may be lack of money or a closed account",
	"RC01": "the bank's code (BIC) is wrong",
	"RR01": "the law asks for the payer's account number, which is missing",
	"RR02": "the law asks for the payer's name or address, which is missing",
	"RR03": "the law asks for the payee's name or address, which is missing",
	"RR04": "the law forbids the payment",
	"SL01": "the payer has debits of this creditor, or all debits, blocked at the bank",
	"TECH": "the payer's bank made a technical error and asks for the payment back",
}

// returned says that a payment came back, and what the bank's code means. Of a code that is
// not known here nothing may be concluded.
func returned(code string) string {
	if meaning := returns[code]; meaning != "" {
		return "returned " + code + " (" + meaning + ")"
	}
	return "returned " + code
}
