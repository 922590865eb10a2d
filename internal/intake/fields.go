package intake

import "maan/internal/sheet"

// fields are all columns that the files may have, with the names that programs and
// people give them in English, Dutch, German and French.
var fields = []sheet.Field{
	{Name: "type", Headers: []string{"Record type", "Row type", "Recordtype", "Regeltype", "Satzart", "Type d'enregistrement"}},
	{Name: "as_of", Kind: sheet.Date, Headers: []string{"As of date", "Snapshot date", "Peildatum", "Stichtag", "Date d'arrêté"}},
	{Name: "customer_number", Headers: []string{
		"Customer no", "Customer id", "Debtor number", "Klantnummer", "Klantnr", "Debiteurnummer", "Debiteurennummer", "Debiteurnr", "Relatienummer",
		"Kundennummer", "Kundennr", "Kunden-Nr.", "Debitorennummer", "Numéro client", "Numéro de client", "N° client", "Code client", "Compte client",
	}},
	{Name: "name", Headers: []string{
		"Customer name", "Company name", "Legal name", "Klantnaam", "Debiteurnaam", "Naam", "Bedrijfsnaam", "Kundenname", "Firma", "Firmenname",
		"Nom du client", "Nom client", "Raison sociale", "Nom",
	}},
	{Name: "kind", Headers: []string{"Customer kind", "Customer type", "Klantsoort", "Soort klant", "Klanttype", "Kundenart", "Kundentyp", "Type de client"}},
	{Name: "country", Headers: []string{"Country code", "Land", "Landcode", "Ländercode", "Länderkennzeichen", "Pays", "Code pays"}},
	{Name: "language", Headers: []string{"Language code", "Taal", "Taalcode", "Sprache", "Sprachcode", "Langue", "Code langue"}},
	{Name: "contact_role", Headers: []string{"Contactrol", "Kontaktrolle", "Rôle du contact"}},
	{Name: "contact_name", Headers: []string{"Contact", "Contact person", "Contactpersoon", "Ansprechpartner", "Personne de contact", "Interlocuteur"}},
	{Name: "email", Headers: []string{"E-mail address", "E-mailadres", "E-Mail-Adresse", "Mail", "Courriel", "Adresse e-mail"}},
	{Name: "phone", Headers: []string{"Phone number", "Telephone", "Telefoon", "Telefoonnummer", "Telefon", "Telefonnummer", "Téléphone", "Numéro de téléphone"}},
	{Name: "mobile", Headers: []string{
		"Mobile phone", "Mobile number", "Mobiel", "Mobiel nummer", "GSM", "Mobil", "Mobiltelefon", "Handy", "Handynummer", "Portable", "Téléphone portable",
	}},
	{Name: "mobile_billing", Kind: sheet.Bool, Headers: []string{"SMS allowed", "SMS toegestaan", "SMS erlaubt", "SMS autorisé"}},
	{Name: "invoice_number", Headers: []string{
		"Invoice no", "Invoice", "Factuurnummer", "Factuurnr", "Factuur", "Rechnungsnummer", "Rechnungsnr", "Rechnungs-Nr.", "Rechnung",
		"Numéro de facture", "Numéro facture", "N° facture", "N° de facture", "Facture",
	}},
	{Name: "number", Headers: []string{
		"Invoice number", "Invoice no", "Document number", "Document no", "Factuurnummer", "Factuurnr", "Documentnummer", "Boekstuknummer", "Stuknummer",
		"Rechnungsnummer", "Belegnummer", "Belegnr", "Numéro de facture", "N° facture", "Numéro de pièce", "N° pièce",
	}},
	{Name: "issue_date", Kind: sheet.Date, Headers: []string{
		"Invoice date", "Date of invoice", "Document date", "Factuurdatum", "Documentdatum", "Boekdatum", "Rechnungsdatum", "Belegdatum",
		"Date de facture", "Date de la facture", "Date facture", "Date d'émission", "Date de pièce",
	}},
	{Name: "due_date", Kind: sheet.Date, Headers: []string{
		"Date due", "Vervaldatum", "Vervaldag", "Fälligkeitsdatum", "Fälligkeit", "Fällig am", "Date d'échéance", "Date échéance", "Échéance",
	}},
	{Name: "amount", Kind: sheet.Decimal, Headers: []string{
		"Invoice amount", "Total amount", "Amount incl VAT", "Bedrag", "Factuurbedrag", "Totaalbedrag", "Bedrag incl btw", "Betrag", "Rechnungsbetrag",
		"Gesamtbetrag", "Bruttobetrag", "Montant", "Montant TTC", "Montant de la facture", "Total TTC",
	}},
	{Name: "currency", Headers: []string{"Currency code", "Valuta", "Munt", "Währung", "Waehrung", "Devise", "Monnaie"}},
	{Name: "open_amount", Kind: sheet.Decimal, Headers: []string{
		"Amount open", "Outstanding", "Outstanding amount", "Balance", "Openstaand", "Openstaand bedrag", "Open bedrag", "Saldo", "Offen", "Offener Betrag",
		"Restbetrag", "Solde", "Montant ouvert", "Reste à payer",
	}},
	{Name: "purchase_order", Headers: []string{
		"PO", "PO number", "Purchase order number", "Inkooporder", "Inkoopordernummer", "Bestelnummer", "Bestellnummer", "Bon de commande", "Numéro de commande",
	}},
	{Name: "payment_reference", Headers: []string{
		"Structured communication", "Betalingskenmerk", "Betaalreferentie", "Gestructureerde mededeling", "Zahlungsreferenz", "Verwendungszweck",
		"Référence de paiement", "Communication structurée",
	}},
	{Name: "iban", Headers: []string{"IBAN number", "IBAN-nummer", "Bankrekening", "Bankkonto"}},
	{Name: "delivery", Headers: []string{"Delivery required", "Levering", "Lieferung", "Livraison"}},
	{Name: "delivered_on", Kind: sheet.Date, Headers: []string{"Delivery date", "Leverdatum", "Geleverd op", "Lieferdatum", "Geliefert am", "Date de livraison", "Livré le"}},
	{Name: "delivery_proof", Headers: []string{"Proof of delivery", "Leverbewijs", "Pakbonnummer", "Lieferscheinnummer", "Liefernachweis", "Bon de livraison"}},
	{Name: "sending", Headers: []string{"Verzending", "Versand", "Envoi"}},
	{Name: "sent_channel", Headers: []string{"Sent by", "Verzonden via", "Verzendkanaal", "Versandweg", "Versendet per", "Envoyé par"}},
	{Name: "sent_on", Kind: sheet.Date, Headers: []string{"Sent date", "Verzonden op", "Verzenddatum", "Versendet am", "Versanddatum", "Envoyé le", "Date d'envoi"}},
	{Name: "sent_proof", Headers: []string{"Proof of sending", "Verzendbewijs", "Versandnachweis", "Preuve d'envoi"}},
	{Name: "applies_to", Headers: []string{"Applies to invoice", "Original invoice", "Betreft factuur", "Bezugsrechnung", "Facture d'origine"}},
	{Name: "count", Headers: []string{"Row count", "Aantal", "Aantal regels", "Anzahl", "Anzahl Sätze", "Nombre", "Nombre de lignes"}},
}

// schema picks fields by name. A file is refused without the required ones.
func schema(required []string, others ...string) sheet.Schema {
	wanted := map[string]bool{}
	for _, name := range others {
		wanted[name] = false
	}
	for _, name := range required {
		wanted[name] = true
	}
	var s sheet.Schema
	for _, f := range fields {
		must, found := wanted[f.Name]
		if !found {
			continue
		}
		if f.Kind == "" {
			f.Kind = sheet.Text
		}
		f.Required = must
		s = append(s, f)
	}
	return s
}

// customerFields are those of a customer and its contact beside its number.
var customerFields = []string{
	"name", "kind", "country", "language", "contact_role", "contact_name", "email", "phone", "mobile", "mobile_billing",
}
