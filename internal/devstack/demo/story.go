package demo

// story is one invoice and what becomes of it.
type story struct {
	number   string // within the year
	title    string // how it ends, in words
	customer string // the customer's number
	ubl      string // sample file; empty: it is sent as JSON
	amount   string // of an invoice sent as JSON
	currency string
	terms    int  // days from issue to due
	age      int  // days from issue to the start of the play
	sent     bool // the customer had it before the play began
	beats    []beat
	end      ending
}

// ending is how a story must end.
type ending struct {
	outcome string   // paid, credited, or withAgency for a case that stays open there
	steps   []string // in order, "reminder" for done, else "courtesy_call skipped not_applicable"; the rest is skipped for the outcome
	sent    []string // messages that a provider accepted, "reminder sms"
	events  []string // kinds that the case's history must hold besides
}

const withAgency = "with the agency"

// stories are the play, in the order of their invoice numbers.
var stories = []story{
	{
		number: "0101", title: "paid at once, by bank statement", customer: "K1001", ubl: "invoice-molenpad.xml", terms: 30,
		beats: []beat{paysByBank(after("invoice"), byReference)},
		end:   ending{outcome: "paid", steps: []string{"invoice"}, sent: []string{"invoice email"}},
	},
	{
		number: "0102", title: "a good customer, not called", customer: "K1001", amount: "845.50", terms: 30,
		beats: []beat{pays(after("courtesy_call")).in(4)},
		end:   ending{outcome: "paid", steps: []string{"invoice", "courtesy_call skipped not_applicable"}, sent: []string{"invoice email"}},
	},
	{
		number: "0103", title: "paid after the courtesy call", customer: "K1002", ubl: "invoice-scheldewind.xml", terms: 30,
		beats: []beat{calls("right_party", after("courtesy_call")), paysByBank(next, byReference)},
		end:   ending{outcome: "paid", steps: []string{"invoice", "courtesy_call"}, sent: []string{"invoice email"}},
	},
	{
		number: "0104", title: "paid after the reminder", customer: "K1003", amount: "1940.00", terms: 30,
		beats: []beat{
			calls("no_answer", after("courtesy_call")), calls("voicemail", next), calls("no_answer", next), paysByBank(after("reminder"), byNumber),
		},
		end: ending{
			outcome: "paid", steps: []string{"invoice", "courtesy_call", "reminder"}, sent: []string{"invoice email", "reminder email", "reminder sms"},
		},
	},
	{
		number: "0105", title: "disputed, rejected, paid", customer: "K1004", amount: "4760.00", terms: 30,
		beats: []beat{callDisputes("wrong_quantity", after("courtesy_call")), rejects(next).in(8), pays(after("reminder"))},
		end: ending{
			outcome: "paid", steps: []string{"invoice", "courtesy_call", "reminder"}, sent: []string{"invoice email", "reminder email"},
			events: []string{"dispute_opened", "dispute_resolved"},
		},
	},
	{
		number: "0106", title: "disputed, upheld, credited", customer: "K1005", amount: "1480.00", currency: "GBP", terms: 30,
		beats: []beat{disputes("quality", after("reminder")), upholds(next).in(4)},
		end: ending{
			outcome: "credited", steps: []string{"invoice", "courtesy_call", "reminder"}, sent: []string{"invoice email", "reminder email"},
			events: []string{"dispute_opened", "dispute_resolved"},
		},
	},
	{
		number: "0107", title: "promised on the phone, kept", customer: "K1006", amount: "2750.00", terms: 30,
		beats: []beat{promises(2, after("courtesy_call")), paysAsPromised()},
		end: ending{
			outcome: "paid", steps: []string{"invoice", "courtesy_call"}, sent: []string{"invoice email"}, events: []string{"promised", "promise_kept"},
		},
	},
	{
		number: "0108", title: "promise broken, then paid", customer: "K1007", amount: "3927.00", terms: 30,
		beats: []beat{promises(0, after("courtesy_call")), pays(after("stricter_reminder"))},
		end: ending{
			outcome: "paid", steps: []string{"invoice", "courtesy_call", "reminder", "stricter_reminder"},
			sent: []string{"invoice email", "reminder email", "stricter_reminder email"}, events: []string{"promised", "promise_broken"},
		},
	},
	{
		number: "0109", title: "handed to the agency", customer: "K1008", ubl: "invoice-hagelkruis.xml", terms: 21,
		beats: []beat{
			calls("gatekeeper", after("courtesy_call")), works("sales_escalation", "done", sales, after("sales_escalation")),
			preparesHandOff(after("final_notice")), works("approval", "approved", finance2, next),
		},
		end: ending{
			outcome: withAgency,
			steps: []string{
				"invoice", "courtesy_call", "reminder", "stricter_reminder", "overdue_call", "sales_escalation", "final_notice", "agency_hand_off",
			},
			sent: []string{
				"invoice email", "reminder email", "reminder sms", "stricter_reminder email", "sales_escalation email", "final_notice email",
				"agency_hand_off email",
			},
			events: []string{"handed_off"},
		},
	},
	{
		number: "0110", title: "paid after hand-off, recalled", customer: "K1009", amount: "3600.00", terms: 21,
		beats: []beat{
			works("approval", "approved", finance2, after("final_notice")), pays(after("agency_hand_off")).in(3),
			works("tell_agency", "done", finance, closed),
		},
		end: ending{
			outcome: "paid",
			steps: []string{
				"invoice", "courtesy_call", "reminder", "stricter_reminder", "overdue_call", "sales_escalation", "final_notice", "agency_hand_off",
			},
			sent: []string{
				"invoice email", "reminder email", "stricter_reminder email", "sales_escalation email", "final_notice email",
				"agency_hand_off email", "agency_recall email",
			},
			events: []string{"handed_off", "recalled"},
		},
	},
	{
		number: "0111", title: "address mended, sent again, paid", customer: "K1010", amount: "495.00", terms: 30,
		beats: []beat{mendsAddress(failed("invoice")), pays(after("invoice"))},
		end: ending{
			outcome: "paid", steps: []string{"invoice"}, sent: []string{"invoice email", "invoice email"}, events: []string{"step_failed", "step_reopened"},
		},
	},
	{
		number: "0112", title: "key account: sales first", customer: "K1011", amount: "48000.00", terms: 30,
		beats: []beat{
			calls("right_party", after("courtesy_call")), works("sales_escalation", "done", sales, after("sales_escalation")), pays(next),
		},
		end: ending{
			outcome: "paid", steps: []string{"invoice", "courtesy_call", "reminder", "sales_escalation"},
			sent: []string{"invoice email", "reminder email", "sales_escalation email"},
		},
	},
	{
		number: "0113", title: "overdue when it came", customer: "K1012", amount: "1815.00", terms: 30, age: 45, sent: true,
		beats: []beat{pays(after("stricter_reminder"))},
		end: ending{
			outcome: "paid", steps: []string{"invoice", "courtesy_call skipped not_applicable", "reminder", "stricter_reminder"},
			sent: []string{"reminder email", "stricter_reminder email"},
		},
	},
	{
		number: "0114", title: "credited by a UBL credit note", customer: "K1013", ubl: "invoice-bellerive.xml", terms: 30,
		beats: []beat{creditsByUBL("creditnote-bellerive.xml", after("invoice")).in(3)},
		end:   ending{outcome: "credited", steps: []string{"invoice"}, sent: []string{"invoice email"}},
	},
}
