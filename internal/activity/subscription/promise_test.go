package subscription_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/subscription"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// The promises of two examples, under those parts of their policies that this kind
// executes: the house of these tests runs no other kind.

// part is the head of an example's policy with its entry of the kind.
func part(t testing.TB, name string) string {
	t.Helper()
	text := example(t, name)
	head, activities, ok := strings.Cut(text, "\nactivities:\n")
	if !ok {
		t.Fatal("the example has no activities")
	}
	begin := strings.Index(activities, "  subscription:\n")
	entry := activities[begin:]
	if end := strings.Index(entry[1:], "\n\n"); end >= 0 {
		entry = entry[:end+2]
	}
	return head + "\nactivities:\n" + entry
}

// promised runs f under the part of an example's policy.
func promised(t *testing.T, name string, at time.Time, f func(t *testing.T, s *shop)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) { f(t, open(t, place, part(t, name), at)) })
}

// filled counts the rows of the customer in which a field that the policy ends with the
// subscription still stands.
func (s *shop) filled() int {
	s.T.Helper()
	return s.count(`select count(*) from subscription where plan is not null or name is not null or company is not null or address is not null
		or registration_email is not null or billing_email is not null or trial_until is not null or paid_until is not null`)
}

// days on which a trial of thirty days ends: a month's end, a leap day, the turn of a
// year.
var days = []time.Time{
	time.Date(2027, time.January, 31, 10, 30, 0, 0, time.UTC),
	time.Date(2028, time.January, 30, 0, 0, 0, 0, time.UTC), // to 29 February
	time.Date(2027, time.December, 2, 23, 59, 59, 999e6, time.UTC),
}

// Exactly ten days before the trial expires a mail goes to the address of the
// registration, once, and says when what is deleted.
func TestPromise_CS07_TenDaysBeforeTheTrialExpiresAMailSaysWhatIsDeleted(t *testing.T) {
	for _, day := range days {
		promised(t, "contactsync", day, func(t *testing.T, s *shop) {
			m := s.register(1)
			fatal(t, s.office.Begin(t.Context(), wish(m, 1, "team")))
			expiry := day.AddDate(0, 0, 30)
			said := func() (all []string) {
				for _, title := range s.titles(m.Email) {
					if strings.Contains(title, "löschen wir") {
						all = append(all, title)
					}
				}
				return all
			}
			s.live(expiry.AddDate(0, 0, -10).Add(-time.Millisecond))
			if got := said(); len(got) != 0 {
				t.Fatalf("a millisecond before: %q", got)
			}
			s.Clock.Set(expiry.AddDate(0, 0, -10))
			s.Sweep()
			goes := expiry.AddDate(0, 0, 90)
			if got := said(); len(got) != 1 || !strings.Contains(got[0], german(goes)) {
				t.Fatalf("ten days before %s: %q", expiry, got)
			}
			mails := s.Sink.To(m.Email)
			text := plainly(mails[len(mails)-1].Read().Text)
			for _, says := range []string{german(expiry), german(goes), "Angaben zum Kunden", "https://portal.example.org/subscription", "https://portal.example.org/account", "Bestelldaten: 10 Jahre"} {
				if !strings.Contains(text, says) {
					t.Errorf("the mail does not say %q:\n%s", says, text)
				}
			}
			s.live(expiry.AddDate(0, 0, 100))
			if got := said(); len(got) != 1 {
				t.Errorf("after a hundred days: %q", got)
			}
		})
	}
}

// german writes a day as the mails do: by the clock of the controller.
func german(t time.Time) string {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	t = t.In(berlin)
	months := []string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
	return t.Format("2") + ". " + months[t.Month()-1] + " " + t.Format("2006")
}

// A cancelled subscription is announced likewise, with a copy to the address for
// invoices; continued before its end, the announcement is taken back.
func TestPromise_CS07_ACancelledSubscriptionIsAnnouncedWithACopyToTheBillingAddress(t *testing.T) {
	promised(t, "contactsync", noon, func(t *testing.T, s *shop) {
		m := s.register(1)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		end, err := s.office.Cancel(t.Context(), m)
		fatal(t, err)
		s.live(end.AddDate(0, 0, -9))
		for _, to := range []string{m.Email, "rechnung1@firma1.example"} {
			if got := s.titles(to); !slices.ContainsFunc(got, func(title string) bool { return strings.Contains(title, "löschen wir") }) {
				t.Errorf("%s: %q", to, got)
			}
		}
		fatal(t, s.office.Resume(t.Context(), m))
		s.Sweep()
		if got := s.titles(m.Email); !slices.Contains(got, "Wir löschen doch nichts") {
			t.Errorf("%q", got)
		}
		_, err = s.office.Cancel(t.Context(), m)
		fatal(t, err)
		s.Sweep()
		got := slices.DeleteFunc(s.titles(m.Email), func(title string) bool { return !strings.Contains(title, "löschen wir") })
		if len(got) != 2 {
			t.Errorf("announced again: %q", got)
		}
	})
}

// Ninety days after the expiry everything of the subscription is deleted, and not
// before.
func TestPromise_CS08_NinetyDaysAfterTheExpiryEverythingOfTheSubscriptionIsGone(t *testing.T) {
	for _, day := range days {
		promised(t, "contactsync", day, func(t *testing.T, s *shop) {
			m, other := s.register(1), s.register(2)
			fatal(t, s.office.Begin(t.Context(), wish(m, 1, "team")))
			fatal(t, s.office.Buy(t.Context(), wish(other, 2, "company")))
			goes := day.AddDate(0, 0, 120)
			s.live(goes.Add(-time.Second))
			if n := s.filled(); n != 2 {
				t.Fatalf("%d subscriptions a second before", n)
			}
			s.Clock.Set(goes)
			s.Sweep()
			if n := s.filled(); n != 1 {
				t.Errorf("%d subscriptions after ninety days, want the other one", n)
			}
			s.Work()
			if n := s.count("select count(*) from subscription where customer = $1", m.Customer); n != 0 {
				t.Errorf("%d rows of the customer", n)
			}
			if n := s.count("select count(*) from subscription_order where customer = $1", m.Customer); n != 1 {
				t.Errorf("%d orders, which stay", n)
			}
		})
	}
}

// Everything of a subscription goes in the moment in which the customer asks for it;
// what was invoiced stays as long as the law wants it.
func TestPromise_CS09_OnRequestEverythingOfTheSubscriptionGoesAtOnce(t *testing.T) {
	promised(t, "contactsync", noon, func(t *testing.T, s *shop) {
		m, other := s.register(1), s.register(2)
		fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
		fatal(t, s.office.Buy(t.Context(), wish(other, 2, "team")))
		s.Work()
		s.Clock.Advance(time.Hour)
		fatal(t, s.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return s.customers.Delete(ctx, tx, m.Customer) }))
		if n := s.filled(); n != 1 {
			t.Errorf("%d subscriptions right after the request, want the other one", n)
		}
		s.Work()
		s.Sweep()
		bills, err := s.office.Bills(t.Context(), m.Customer)
		if err != nil || len(bills) != 1 || bills[0].Invoice.Buyer.Company != "Maschinenbau1 GmbH" || !bills[0].ContractEnd.Equal(s.Clock.Now()) {
			t.Errorf("the invoice: %+v, %v", bills, err)
		}
		if x := s.subscribed(other); x.State(s.Clock.Now()) != subscription.Active || x.Company != "Maschinenbau2 GmbH" {
			t.Errorf("the other one: %+v", x)
		}
	})
}

// Order data stays ten years after the contract ended, and goes then, to the day.
func TestPromise_CS11_OrderDataStaysTenYearsAfterTheContractEnded(t *testing.T) {
	for _, day := range []time.Time{noon, time.Date(2028, time.January, 29, 12, 0, 0, 0, time.UTC)} { // the second ends on 29 February
		promised(t, "contactsync", day, func(t *testing.T, s *shop) {
			m := s.register(1)
			fatal(t, s.office.Buy(t.Context(), wish(m, 1, "team")))
			end, err := s.office.Cancel(t.Context(), m)
			fatal(t, err)
			s.Clock.Set(end.AddDate(0, 0, 91))
			s.Sweep()
			if n := s.filled(); n != 0 {
				t.Errorf("%d subscriptions after ninety-one days", n)
			}
			over := tenYears(end)
			s.Clock.Set(over.Add(-time.Second))
			s.Sweep()
			if n := s.count("select count(*) from subscription_invoice where content is not null") + s.count("select count(*) from subscription_order where content is not null"); n != 3 {
				t.Errorf("%d of an invoice and two orders a second before %s", n, over)
			}
			s.Clock.Set(over.Add(time.Second))
			s.Sweep()
			if n := s.count("select count(*) from subscription_invoice") + s.count("select count(*) from subscription_order"); n != 0 {
				t.Errorf("%d rows of order data after %s", n, over)
			}
		})
	}
}

// tenYears is the same day ten years later; the end of February if it has none (§ 188(3)
// BGB).
func tenYears(t time.Time) time.Time {
	end := time.Date(t.Year()+10, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	if end.Day() != t.Day() {
		return time.Date(t.Year()+10, t.Month()+1, 1, 0, 0, 0, -1, time.UTC)
	}
	return end
}
