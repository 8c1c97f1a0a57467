package meeting_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/meeting"
	"kept/internal/clock"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

const transcript = `WEBVTT

00:00:01.000 --> 00:00:04.000
<v Ada Lovelace>Good morning, Bob. My number is +49 611 123456.

00:00:05.000 --> 00:00:09.000
<v Bob Byte>I was ill last week.
My doctor told me to rest.

00:00:10.000 --> 00:00:12.000
<v Ada Lovelace>Write to bob@byte.example or to ada@mail.example, Bob Byte.`

// talk holds a recorded conference of Ada and Bob, and returns who they are.
func talk(h *activitytest.House) (ada, bob string) {
	h.T.Helper()
	m, ctx := h.Running(meeting.Name).(*meeting.Register), h.T.Context()
	check := func(err error) {
		h.T.Helper()
		if err != nil {
			h.T.Fatal(err)
		}
	}
	now := h.Clock.Now()
	text, err := m.Invite(ctx, meeting.Plan{Topic: "plans", Start: now.Add(10 * time.Minute), People: []string{"ada@mail.example", "bob@byte.example"}})
	check(err)
	_, err = m.Announce(ctx, text.Conference, meeting.Start, "staff")
	check(err)
	stay := []meeting.Interval{{Start: now, End: now.Add(time.Hour)}}
	_, err = m.Import(ctx, meeting.Order{Conference: text.Conference, Source: []byte("1"), Report: meeting.Report{Tool: "teams", Topic: "plans", Start: now, End: now.Add(time.Hour), People: []meeting.Person{
		{Values: map[string]string{"name": "Ada Lovelace", "email": "ada@mail.example", "phone": "+49 611 123456"}, Stays: stay},
		{Values: map[string]string{"name": "Bob Byte", "email": "bob@byte.example"}, Stays: stay},
	}}})
	check(err)
	_, err = m.Record(ctx, text.Conference, meeting.Content{Values: map[string]string{
		"transcript": transcript, "summary": "Bob was ill. Ada plans.", "video": "https://tool.example/both",
	}}, "staff")
	check(err)
	ada, err = h.Subjects.Find(ctx, h.DB, subject.Email, "ada@mail.example")
	check(err)
	bob, err = h.Subjects.Find(ctx, h.DB, subject.Email, "bob@byte.example")
	check(err)
	return ada, bob
}

var recorded = []string{"name", "email", "phone", "topic", "participation", "announcements", "transcript", "summary", "video"}

func meetings(t *testing.T, f func(h *activitytest.House)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		f(activitytest.Env(t, place, house(recorded), clock.At(time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)), meeting.Kind{}))
	})
}

// What others said, and who they are, is masked in a person's copy; the copy says
// so. A recording that shows others is handed out by a person.
func TestACopyMasksTheOthersInAConference(t *testing.T) {
	meetings(t, func(h *activitytest.House) {
		ada, bob := talk(h)
		text := h.CopyOf(ada)
		for _, own := range []string{"Good morning", "+49 611 123456", "ada@mail.example", "Ada Lovelace", "Ada plans", "▇▇▇", `"masked":`} {
			if !strings.Contains(text, own) {
				h.T.Errorf("Ada's copy does not say %q: %s", own, text)
			}
		}
		for _, foreign := range []string{"Bob", "Byte", "bob@", "I was ill", "My doctor", "tool.example/both"} {
			if strings.Contains(text, foreign) {
				h.T.Errorf("Ada's copy says %q", foreign)
			}
		}
		other := h.CopyOf(bob)
		if !strings.Contains(other, "My doctor told me to rest.") || strings.Contains(other, "+49 611 123456") || strings.Contains(other, "Lovelace") {
			h.T.Errorf("Bob's copy: %s", other)
		}
	})
}

// Before an erasure a person decides about what is shared.
func TestASharedRecordingNeedsADecision(t *testing.T) {
	for _, chosen := range []string{rights.ChooseOwn, rights.ChooseAll} {
		t.Run(chosen, func(t *testing.T) {
			meetings(t, func(h *activitytest.House) {
				ctx := h.T.Context()
				ada, bob := talk(h)
				p := rights.Person{Subjects: []string{ada}}
				plan, err := h.Rights.Plan(ctx, p, rights.Erasure, rights.Wish{})
				if err != nil {
					h.T.Fatal(err)
				}
				open := plan.Undecided()
				if len(open) != 1 || plan.Parts[open[0]].Table != "meeting_recording" || plan.Parts[open[0]].Rows != 1 {
					h.T.Fatalf("plan: %+v", plan.Parts)
				}
				order := rights.Order{Case: "K-1", Person: p, Right: rights.Erasure, Plan: plan, By: "officer"}
				carry := func(ctx context.Context, tx *store.Tx) error { return h.Rights.Carry(ctx, tx, order) }
				if err := h.DB.Write(ctx, carry); !fault.Is(err, fault.Conflict) {
					h.T.Errorf("an undecided plan: %v", err)
				}
				plan.Parts[open[0]].Chosen = chosen
				if err := h.DB.Write(ctx, carry); err != nil {
					h.T.Fatal(err)
				}
				for range 5 {
					h.Work()
					h.Clock.Advance(time.Minute)
				}
				if orders, err := h.Rights.Orders(ctx, "K-1"); err != nil || orders[0].State != rights.Done {
					h.T.Fatalf("%+v, %v", orders, err)
				}
				left := h.CopyOf(bob)
				if kept := strings.Contains(left, "My doctor"); kept != (chosen == rights.ChooseOwn) {
					h.T.Errorf("%s: whether Bob's words are kept: %v", chosen, kept)
				}
				if !strings.Contains(left, "Bob Byte") {
					h.T.Error("Bob's part went too")
				}
			})
		})
	}
}

// Art. 19: a recipient that got the data, and has an address for it, is told by
// mail whom it is about; afterwards nothing here knows that any more.
func TestARecipientIsToldByMail(t *testing.T) {
	text := strings.Replace(house(recorded), "    retention:\n", "    recipients:\n      tool: [name, email]\n    retention:\n", 1) +
		"recipients:\n  tool: {name: Tool Ltd., country: IE, role: processor, agreement: {kind: dpa}, requests: privacy@tool.example}\n"
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, text, clock.At(time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)), meeting.Kind{})
		h.Rights.Mail = h.Mail
		ctx := t.Context()
		ada, _ := talk(h)
		p := rights.Person{Subjects: []string{ada}, Identifiers: []subject.Identifier{{Kind: subject.Email, Value: "ada@mail.example"}}}
		plan, err := h.Rights.Plan(ctx, p, rights.Erasure, rights.Wish{})
		if err != nil || len(plan.Told) != 1 || plan.Told[0].Way != rights.ByMail {
			t.Fatalf("%+v, %v", plan.Told, err)
		}
		for _, i := range plan.Undecided() {
			plan.Parts[i].Chosen = rights.ChooseOwn
		}
		err = h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return h.Rights.Carry(ctx, tx, rights.Order{Case: "K-1", Person: p, Right: rights.Erasure, Plan: plan, By: "officer"})
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			h.Work()
			h.Clock.Advance(time.Minute)
		}
		mails := h.Sink.To("privacy@tool.example")
		if len(mails) != 1 || !strings.Contains(string(mails[0].Raw), "ada@mail.example") || !strings.Contains(string(mails[0].Raw), "has erased data about a person") {
			t.Fatalf("%d mails: %s", len(mails), mails)
		}
		if open, err := h.Rights.Tellings(ctx, ""); err != nil || len(open) != 0 {
			t.Errorf("still to be told: %+v, %v", open, err)
		}
		if refs, err := h.Vault.Refs(ctx, ada); err != nil || len(refs) != 0 {
			t.Errorf("keys: %v, %v", refs, err)
		}
	})
}

// Who took part is shown to nobody while the person's data is restricted (Art. 18(2)
// GDPR).
func TestARestrictionHidesWhoTookPart(t *testing.T) {
	meetings(t, func(h *activitytest.House) {
		ada, _ := talk(h)
		m := h.Running(meeting.Name).(*meeting.Register)
		if _, err := h.Rights.Restrict(t.Context(), ada, "is it right"); err != nil {
			h.T.Fatal(err)
		}
		h.Clock.Advance(2 * time.Second)
		all, err := m.List(t.Context(), 1)
		if err != nil {
			h.T.Fatal(err)
		}
		_, page := desk{House: h}.get(h.Staff, "/meetings/"+all[0].ID)
		if list := page[strings.Index(page, "<table"):strings.Index(page, "</table>")]; strings.Contains(list, "ada@mail.example") || strings.Contains(list, "Lovelace") || !strings.Contains(list, "bob@byte.example") || !strings.Contains(list, "eingeschränkt") {
			h.T.Errorf("the page shows:\n%s", list)
		}
	})
}

// Whoever gets an announcement can tell which conference it is about.
func TestAnAnnouncementNamesItsConference(t *testing.T) {
	meetings(t, func(h *activitytest.House) {
		m := h.Running(meeting.Name).(*meeting.Register)
		if _, err := m.Invite(t.Context(), meeting.Plan{Topic: "Kick-off", Start: h.Clock.Now().Add(time.Hour), People: []string{"ada@mail.example"}}); err != nil {
			h.T.Fatal(err)
		}
		h.Work()
		got := h.Sink.To("ada@mail.example")
		if len(got) != 1 {
			h.T.Fatalf("%d mails came", len(got))
		}
		for _, line := range []string{"Konferenz: Kick-off\n", "Conference: Kick-off\n"} {
			if text := got[0].Read().Text; !strings.Contains(text, line) {
				h.T.Errorf("the mail does not say %q:\n%s", line, text)
			}
		}
	})
}
