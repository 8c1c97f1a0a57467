package newsletter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
)

// takenPolicy returns a policy whose newsletter takes people over and lists fields;
// topics are offered only where they can be kept.
func takenPolicy(fields []string) string {
	if len(fields) == 0 {
		return policyOf(nil)
	}
	var mine, proof []string
	for _, f := range fields {
		if f == "customer" || slices.Index(proofFields, f) >= slices.Index(proofFields, "proof_address") {
			proof = append(proof, f)
		} else {
			mine = append(mine, f)
		}
	}
	settings := "double_opt_in: true, existing_customers: true"
	if slices.Contains(fields, "topics") {
		settings += ", topics: {products: {de: Produkte, en: products}}"
	}
	return declared + fmt.Sprintf(`  newsletter:
    purpose: marketing.communications.email
    basis: consent
    also:
      - {basis: legitimate-interests, for: {de: Bestandskunden, en: customers}, interest: {de: Werbung, en: advertising}}
    data: [%s]
    settings: {%s}
    retention:
      - {from: sign-up, keep: 7 days, then: delete, unless: confirmed}
      - {from: unsubscribe, keep: 0 days, then: delete}
      - {data: [%s], from: unsubscribe, keep: 3 years, then: delete, reason: {en: defence of claims, de: Abwehr von Ansprüchen}}
      - {from: request, keep: 0 days, then: delete}
`, strings.Join(append(mine, proof...), ", "), settings, strings.Join(proof, ", "))
}

// Who was taken over with a consent is examined like who signed up.
func TestTakenOverIsAsEveryKindIs(t *testing.T) {
	activitytest.Run(t, newsletter.Kind{}, activitytest.Config{
		Policy: takenPolicy,
		Fields: append([]string{"topics", "lists"}, proofFields...),
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			p := someone(h, n)
			planted := activitytest.Planted{Values: map[string]string{"email": p.email, "first_name": p.first, "last_name": p.last, "company": p.company}}
			row := strings.NewReplacer("Ada;", p.first+";", "Lovelock", p.last, "Werk AG", p.company).Replace(proven(p.email))
			taken := table(t, head+row)
			got, err := news(h).Import(t.Context(), newsletter.Import{Table: taken, Mapping: taken.Guess()})
			if err == nil && got.Done {
				planted.Subject = p.subject()
			}
			return planted
		},
	})
}

// So is who bought something.
func TestACustomerIsAsEveryKindIs(t *testing.T) {
	activitytest.Run(t, newsletter.Kind{}, activitytest.Config{
		Policy: takenPolicy,
		Fields: []string{"email", "first_name", "company", "customer", "proof_address", "sign_up", "text_shown", "unsubscription", "suppression"},
		Plant: func(h *activitytest.House, n int) activitytest.Planted {
			p := someone(h, n)
			planted := activitytest.Planted{Values: map[string]string{"email": p.email, "first_name": p.first, "customer": fmt.Sprintf("Bagger-%d", n)}}
			taken := table(t, "email,first_name,sold_at,sold,told\n"+fmt.Sprintf("%s,%s,2026-10-01,Bagger-%d,Order form %d\n", p.email, p.first, n, n))
			got, err := news(h).Import(t.Context(), newsletter.Import{Table: taken, Mapping: taken.Guess(), Ground: newsletter.ByCustomer, Similar: true})
			if err == nil && got.Done {
				planted.Subject = p.subject()
			}
			return planted
		},
	})
}

// Each mail to a customer says why they get it, and that they may object at no cost
// but that of sending; a mail about anything but similar goods does not reach them.
func TestPromise_AH36_EachMailToACustomerSaysThatTheyMayObject(t *testing.T) {
	under(t, takenPolicy([]string{"email", "first_name", "customer", "proof_address", "sign_up", "confirmation", "text_shown", "unsubscription", "suppression"}), func(t *testing.T, h *activitytest.House) {
		take(t, h, newsletter.Import{Ground: newsletter.ByCustomer, Similar: true, Table: table(t, sales+"ada1@person.example;2026-10-01;Anlage 7;Order form 2026\n")})
		take(t, h, newsletter.Import{Table: table(t, head+proven("ada2@person.example"))})
		c := draft()
		sent(t, h, c) // about what nobody of them agreed to
		if n := len(h.Sink.Mails()); n != 0 {
			t.Fatalf("%d mails", n)
		}
		c.Contents = []string{newsletter.SimilarGoods}
		sent(t, h, c)
		mails := h.Sink.Mails()
		if len(mails) != 1 {
			t.Fatalf("%d mails", len(mails))
		}
		text := mails[0].Read().Text
		for _, part := range []string{"weil Sie bei Musteragentur GmbH gekauft und nicht widersprochen haben", "jederzeit widersprechen", "Basistarifen"} {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), part) {
				t.Errorf("the mail does not say %q:\n%s", part, text)
			}
		}
		about, err := news(h).Descriptions(t.Context(), entry(h), "de")
		if err != nil || !slices.ContainsFunc(about, func(d newsletter.Description) bool {
			return d.People == 1 && strings.HasPrefix(d.Says, "Ja, ich möchte")
		}) {
			t.Errorf("what was agreed to elsewhere is no description: %v %+v", err, about)
		}
	})
}
