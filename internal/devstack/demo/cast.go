package demo

import "maan/internal/calendar"

// creditorID is the one creditor of the play.
const creditorID = "zonnewiek"

// The accounts into which is paid. Their bank codes belong to no bank.
const iban = "NL72MAAN0312457896"

var theCreditor = map[string]any{
	"id": creditorID, "name": "Zonnewiek Kantoorinrichting B.V.", "registration_number": "99031245", "vat_number": "NL859031245B01",
	"endpoint_scheme": "0106", "endpoint_id": "99031245", "street": "Moreelsehoek 12", "postcode": "3511 ZZ", "city": "Utrecht",
	"country": "NL", "zone": "Europe/Amsterdam", "language": "nl", "iban": iban, "account_name": "Zonnewiek Kantoorinrichting B.V.",
	"sender_name": "Zonnewiek Debiteurenbeheer", "sender_email": "facturen@zonnewiek.example", "reply_to": "debiteuren@zonnewiek.example",
	"phone": "+31 30 200 1234", "contact_name": "Marloes Timmer", "website": "www.zonnewiek.example", "payments_by": "bank",
}

var theAgency = map[string]any{
	"name": "Incassobureau De Brug B.V.", "country": "NL", "registration_number": "99072200", "email": "dossiers@debrug.example", "language": "nl",
}

// The account managers, by the key that customers name.
var theManagers = map[string]map[string]any{
	"benelux": {"name": "Sanne Postma", "email": "sanne.postma@zonnewiek.example", "phone": "+31 30 200 1240"},
	"export":  {"name": "Joris Haan", "email": "joris.haan@zonnewiek.example", "phone": "+31 30 200 1241"},
}

// customer is a debtor of the play, as the API takes it; manager is a key of theManagers.
type customer struct {
	Creditor           string    `json:"creditor"`
	Number             string    `json:"number"`
	LegalName          string    `json:"legal_name"`
	Kind               string    `json:"kind"`
	Country            string    `json:"country"`
	Language           string    `json:"language"`
	Zone               string    `json:"zone"`
	City               string    `json:"city"`
	RegistrationNumber string    `json:"registration_number,omitempty"`
	VATNumber          string    `json:"vat_number,omitempty"`
	EndpointScheme     string    `json:"endpoint_scheme,omitempty"`
	EndpointID         string    `json:"endpoint_id,omitempty"`
	Policy             string    `json:"policy,omitempty"`
	AccountManagerID   string    `json:"account_manager_id,omitempty"`
	Contacts           []contact `json:"contacts"`

	manager string
}

type contact struct {
	Role          string `json:"role"`
	Name          string `json:"name,omitempty"`
	FirstName     string `json:"first_name,omitempty"`
	Email         string `json:"email,omitempty"`
	Phone         string `json:"phone,omitempty"`
	Mobile        string `json:"mobile,omitempty"`
	MobileBilling bool   `json:"mobile_billing,omitempty"`
}

// calendar is the working days of the customer's country.
func (c *customer) calendar() calendar.Calendar { return calendar.For(c.Country, "") }

func payables(name, first, email, phone string) []contact {
	return []contact{{Role: "accounts_payable", Name: name, FirstName: first, Email: email, Phone: phone}}
}

// withMobile lets the contact be reminded by SMS too.
func withMobile(c []contact, number string) []contact {
	c[0].Mobile, c[0].MobileBilling = number, true
	return c
}

// theCustomers are the debtors, by their numbers.
var theCustomers = []customer{
	{
		Number: "K1001", LegalName: "Bakkerij Molenpad B.V.", Country: "NL", Language: "nl", Zone: "Europe/Amsterdam", City: "Zwolle",
		RegistrationNumber: "99047781", VATNumber: "NL859047781B01", EndpointScheme: "0106", EndpointID: "99047781",
		Contacts: payables("Anouk Visser", "Anouk", "administratie@molenpad.example", "+31 38 200 1100"),
	},
	{
		Number: "K1002", LegalName: "Scheldewind NV", Country: "BE", Language: "nl-BE", Zone: "Europe/Brussels", City: "Antwerpen",
		RegistrationNumber: "0799312068", VATNumber: "BE0799312068", EndpointScheme: "0208", EndpointID: "0799312068",
		Contacts: payables("Lotte Claes", "Lotte", "boekhouding@scheldewind.example", "+32 3 200 11 00"),
	},
	{
		Number: "K1003", LegalName: "Librairie du Vallon SAS", Country: "FR", Language: "fr", Zone: "Europe/Paris", City: "Lille",
		VATNumber: "FR00999001234",
		Contacts:  withMobile(payables("Camille Roux", "Camille", "compta@duvallon.example", "+33 3 20 00 11 00"), "+33 6 12 34 56 78"),
	},
	{
		Number: "K1004", LegalName: "Werkstatt Nordlicht GmbH", Country: "DE", Language: "de", Zone: "Europe/Berlin", City: "Kiel",
		VATNumber: "DE999001004",
		Contacts:  payables("Jan Petersen", "Jan", "buchhaltung@nordlicht.example", "+49 431 2001100"),
	},
	{
		Number: "K1005", LegalName: "Harrowgate Studios Ltd", Country: "GB", Language: "en", Zone: "Europe/London", City: "Leeds",
		Contacts: payables("Priya Shah", "Priya", "accounts@harrowgate.example", "+44 113 496 0110"),
	},
	{
		Number: "K1006", LegalName: "Ardennes Bureau SRL", Country: "BE", Language: "fr-BE", Zone: "Europe/Brussels", City: "Namur",
		RegistrationNumber: "0798441147", VATNumber: "BE0798441147",
		Contacts: payables("Élise Lambert", "Élise", "factures@ardennesbureau.example", "+32 81 20 11 00"),
	},
	{
		Number: "K1007", LegalName: "Praxis am Weiher GmbH", Country: "DE", Language: "de", Zone: "Europe/Berlin", City: "Münster",
		VATNumber: "DE999001007",
		Contacts:  payables("Miriam Vogt", "Miriam", "rechnung@amweiher.example", "+49 251 2001100"),
	},
	{
		Number: "K1008", LegalName: "Hagelkruis Logistiek B.V.", Country: "NL", Language: "nl", Zone: "Europe/Amsterdam", City: "Nijmegen",
		RegistrationNumber: "99058812", VATNumber: "NL859058812B01", EndpointScheme: "0106", EndpointID: "99058812", manager: "benelux",
		Contacts: withMobile(payables("Bram Kok", "Bram", "crediteuren@hagelkruis.example", "+31 24 200 1100"), "+31 6 12345670"),
	},
	{
		Number: "K1009", LegalName: "Tidewater Events Ltd", Country: "GB", Language: "en", Zone: "Europe/London", City: "Bristol", manager: "export",
		Contacts: payables("Owen Price", "Owen", "ledger@tidewater.example", "+44 117 496 0110"),
	},
	{
		Number: "K1010", LegalName: "Fietsatelier De Kade B.V.", Country: "NL", Language: "nl", Zone: "Europe/Amsterdam", City: "Leiden",
		Contacts: payables("Tess Mulder", "Tess", wrongAddress, "+31 71 200 1100"),
	},
	{
		Number: "K1011", LegalName: "Kontor Elbtal AG", Country: "DE", Language: "de", Zone: "Europe/Berlin", City: "Dresden",
		VATNumber: "DE999001011", Policy: "key-accounts", manager: "export",
		Contacts: payables("Henning Kramer", "Henning", "kreditoren@elbtal.example", "+49 351 2001100"),
	},
	{
		Number: "K1012", LegalName: "Drukkerij Polderland BV", Country: "BE", Language: "nl-BE", Zone: "Europe/Brussels", City: "Gent",
		RegistrationNumber: "0797550331", VATNumber: "BE0797550331",
		Contacts: payables("Wout Maes", "Wout", "facturatie@polderland.example", "+32 9 200 11 00"),
	},
	{
		Number: "K1013", LegalName: "Atelier Belle Rive SARL", Country: "FR", Language: "fr", Zone: "Europe/Paris", City: "Lyon",
		VATNumber: "FR00999004176", EndpointScheme: "0009", EndpointID: "99900417600012",
		Contacts: payables("Hugo Martin", "Hugo", "compta@bellerive.example", "+33 4 72 00 11 00"),
	},
}

// The provider sandbox reports mail to an address that begins with bounce as
// undeliverable.
const (
	wrongAddress = "bounce.administratie@dekade.example"
	rightAddress = "administratie@dekade.example"
)
