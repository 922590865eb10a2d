package money

import "strings"

// Currency is an ISO 4217 alphabetic code in capitals, such as "EUR".
type Currency string

// Digits returns the number of minor-unit digits of the currency (EUR 2,
// JPY 0, BHD 3) by ISO 4217 list one. For a code that is not active, or that
// has no minor unit (gold, the test code), known is false and digits is 0.
func (c Currency) Digits() (digits int, known bool) {
	d, known := minorDigits[c]
	return int(d), known
}

// Active codes of ISO 4217 list one by number of minor digits, as of November
// 2026: XCG has replaced ANG, ZWG ZWL, SLE SLL, and EUR both HRK and
// BGN. The precious metals, units of account and test codes (XAU, XDR, XXX and
// the like) have no minor unit and are left out.
var codesByDigits = [...]string{
	0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF`,
	2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL
		BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK
		DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
		HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR
		LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN
		NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR
		SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
		TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR
		ZMW ZWG`,
	3: `BHD IQD JOD KWD LYD OMR TND`,
	4: `CLF UYW`,
}

var minorDigits = indexCurrencies()

func indexCurrencies() map[Currency]uint8 {
	index := make(map[Currency]uint8, 180)
	for digits, codes := range codesByDigits {
		for code := range strings.FieldsSeq(codes) {
			index[Currency(code)] = uint8(digits) //nolint:gosec // 0 to 4
		}
	}
	return index
}
