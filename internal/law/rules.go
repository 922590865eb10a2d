package law

// The rules by which the law derives the rate of a half-year. mro is the rate
// of the ECB's main refinancing operations that was in force on its first day,
// 1 January or 1 July (in the Netherlands: of the last operation before it).

// DutchTrade is the rate of art. 6:120(2) BW: mro and 8 points.
func DutchTrade(mro Rate) Rate { return mro + 8*percent }

// DirectiveMinimum is the lowest rate of Directive 2011/7/EU, art. 2(6): mro
// and 8 points.
func DirectiveMinimum(mro Rate) Rate { return mro + 8*percent }

// BelgianTrade is the rate of the law of 2 August 2002, art. 5: mro and 8
// points, rounded up to the half point.
func BelgianTrade(mro Rate) Rate {
	const half = percent / 2
	sum := mro + 8*percent
	if over := ((sum % half) + half) % half; over > 0 {
		sum += half - over
	}
	return sum
}

// FrenchTrade is the rate of Code de commerce art. L441-10 where the contract
// names none: mro and 10 points.
func FrenchTrade(mro Rate) Rate { return mro + 10*percent }

// FrenchFloor is the lowest rate that a contract may name (art. L441-10):
// three times the legal rate.
func FrenchFloor(legal Rate) Rate { return 3 * legal }

// GermanBase is the Basiszinssatz of § 247 BGB after a change of the mro: it
// moves by as many points.
func GermanBase(old, oldMRO, newMRO Rate) Rate { return old + newMRO - oldMRO }

// GermanTrade is the rate of § 288(2) BGB: the base rate and 9 points.
func GermanTrade(base Rate) Rate { return base + 9*percent }

// GermanConsumer is the rate of § 288(1) BGB: the base rate and 5 points.
func GermanConsumer(base Rate) Rate { return base + 5*percent }
