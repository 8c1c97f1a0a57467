package rules

import (
	"testing"
	"time"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestEveryRuleIsDatedAndSourced(t *testing.T) {
	all, err := packs()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range all {
		var dated []Dated
		for _, x := range p.EEA {
			dated = append(dated, x.Dated)
		}
		for _, x := range p.Adequacy {
			dated = append(dated, x.Dated)
		}
		for _, x := range p.Limits {
			dated = append(dated, x.Dated)
		}
		for _, x := range p.Duties {
			dated = append(dated, x.Dated)
		}
		for _, x := range p.Storage {
			dated = append(dated, x.Dated)
		}
		for _, x := range p.Holds {
			dated = append(dated, x.Dated)
		}
		for _, x := range p.Exemptions {
			dated = append(dated, x.Dated)
		}
		for _, d := range dated {
			if _, err := time.Parse(time.DateOnly, string(d.From)); err != nil || d.Source == "" {
				t.Errorf("%s: a rule is not dated or has no source: %+v", name, d)
			}
			if d.Until != "" && d.Until < d.From {
				t.Errorf("%s: a rule ends before it begins: %+v", name, d)
			}
		}
	}
}

func TestTheRulesFollowTheDay(t *testing.T) {
	before, known := For("DE", day("2024-06-01"))
	if !known {
		t.Fatal("DE has no pack")
	}
	after, _ := For("DE", day("2026-11-21"))
	if d, _ := before.DutyUnder("§ 147 AO"); d.Keep.Years != 10 {
		t.Errorf("in 2024 vouchers were kept 10 years, not %v", d.Keep)
	}
	if d, _ := after.DutyUnder("§ 147 AO"); d.Keep.Years != 8 {
		t.Errorf("in 2026 vouchers are kept 8 years, not %v", d.Keep)
	}
	if len(before.AdequacyOf("BR")) != 0 || len(after.AdequacyOf("BR")) != 1 {
		t.Error("the decision on Brazil is of January 2026")
	}
	if shield, _ := For("EU", day("2020-07-20")); len(shield.AdequacyOf("US")) != 0 {
		t.Error("between Schrems II and the DPF there was no decision on the US")
	}
}

func TestTheMoreParticularCitationWins(t *testing.T) {
	s, _ := For("DE", day("2026-11-21"))
	for law, years := range map[string]int{
		"§ 147 AO": 8, "§ 147 Abs. 1 Nr. 1 AO": 10, "§ 147 Abs. 1 Nr. 2 AO": 6, "§  147 Abs. 1 Nr. 4 AO, § 14b UStG": 8, "§ 257 HGB": 8,
		"§ 257 Abs. 1 Nr. 1 HGB": 10, "§ 257 Abs. 1 Nr. 2 HGB": 6, "§ 257 Abs. 1 Nr. 3 HGB": 6, "§ 257 Abs. 1 Nr. 4 HGB": 8, "§ 14b UStG": 8,
	} {
		if d, ok := s.DutyUnder(law); !ok || d.Keep.Years != years {
			t.Errorf("%s: %d years wanted, got %v", law, years, d.Keep)
		}
	}
	if d, ok := s.DutyUnder("Art. 12 GDPR"); ok {
		t.Errorf("no duty to keep wanted, got %+v", d)
	}
}

func TestACountryWithoutAPackHasTheRulesOfTheUnion(t *testing.T) {
	s, known := For("AT", day("2026-11-21"))
	if known || !s.InEEA("IS") || s.InEEA("GB") || len(s.Duties) != 0 {
		t.Errorf("known %v, %v", known, s.Packs)
	}
}

func TestFranceExemptsTheMeasuringOfAnAudience(t *testing.T) {
	s, known := For("FR", day("2026-11-21"))
	if !known || len(s.Exemptions) != 1 || s.Exemptions[0].Tracker.Months != 13 || s.Exemptions[0].Keep.Months != 25 || !s.InEEA("DE") {
		t.Errorf("known %v, %+v", known, s.Exemptions)
	}
	if before, _ := For("FR", day("2020-09-30")); len(before.Exemptions) != 0 {
		t.Error("the exemption is of October 2020")
	}
	if other, _ := For("DE", day("2026-11-21")); len(other.Exemptions) != 0 {
		t.Error("the exemption is not of Germany")
	}
}

func TestNoHoldOutlastsEveryClaim(t *testing.T) {
	s, _ := For("DE", day("2026-11-21"))
	if h, ok := s.LongestHold(); !ok || h.Keep.Years != 30 {
		t.Errorf("%+v", h)
	}
	if eu, _ := For("XX", day("2026-11-21")); len(eu.Holds) != 0 {
		t.Error("the Union fixes no limitation")
	}
}
