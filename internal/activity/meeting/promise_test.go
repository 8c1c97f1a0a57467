package meeting_test

import (
	"strings"
	"testing"

	"kept/internal/activity/meeting"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// For each conference: who, from when to when, how long, how many.
func TestPromise_CT01_AConferenceIsKeptWithItsParticipations(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, example(t, "conference-tools", "teams", "zoom"))
		r := d.imported("teams")
		if r.Added != 2 || strings.Join(r.Dropped, " ") != "name topic" {
			t.Fatalf("taken in: %+v", r)
		}
		v, err := d.m.Look(t.Context(), r.Conference, "staff")
		if err != nil {
			t.Fatal(err)
		}
		p := v.People[0]
		if v.Participants != 2 || v.Duration.String() != "1h0m0s" || p.Values["email"] != "ada@example.org" || p.Values["duration"] != "45m0s" ||
			p.Values["participation"] != `["2026-11-21T11:00:00Z/2026-11-21T11:45:00Z"]` || p.Values["name"] != "" {
			t.Errorf("kept: %s", asJSON(t, v))
		}
		again := d.imported("teams")
		if !again.Known || d.rows("meeting_participation") != 2 {
			t.Errorf("the same report a second time: %+v", again)
		}
		other, err := d.m.Import(t.Context(), meeting.Order{Activity: "teams", Report: report("Kick-off"), Source: []byte("exported again")})
		if err != nil || other.Conference != r.Conference || other.Same != 2 || other.Added+other.Changed > 0 {
			t.Errorf("the same conference in another file: %+v, %v", other, err)
		}
	})
}

// What is collected goes at once on request, on revocation, at the end of the
// purpose; statutory periods (a hold) stay untouched.
func TestPromise_CT05_DataGoesAtOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, example(t, "conference-tools", "teams", "zoom"))
		for i, cause := range []meeting.Cause{meeting.Requested, meeting.Revoked} {
			id := d.announced("teams")
			if _, err := d.m.Record(t.Context(), id, meeting.Content{Values: map[string]string{"video": "https://teams.example/r"}}, "staff"); err != nil {
				t.Fatal(err)
			}
			v, err := d.m.Look(t.Context(), id, "staff")
			if err != nil {
				t.Fatal(err)
			}
			if n, err := d.m.Delete(t.Context(), id, v.People[1].ID, cause, "staff", true); err != nil || n != 3 {
				t.Fatalf("a trial: %d, %v", n, err)
			}
			if _, err := d.m.Delete(t.Context(), id, v.People[1].ID, cause, "staff", false); err != nil {
				t.Fatal(err)
			}
			if n := d.rows("meeting_participation"); n != 1 {
				t.Errorf("%d: %d participations are left, one of somebody else", i, n)
			}
			if n := d.rows("meeting_recording"); n != 0 {
				t.Errorf("%d: the recording that the person is in stays for %d", i, n)
			}
			if _, err := d.m.Delete(t.Context(), id, "", meeting.PurposeEnd, "staff", false); err != nil {
				t.Fatal(err)
			}
			for _, table := range []string{"meeting_conference", "meeting_participation", "meeting_announcement"} {
				if n := d.rows(table); n != 0 {
					t.Errorf("%d rows of %s outlive the purpose", n, table)
				}
			}
		}
		d.Work()
		refs, err := d.Subjects.Find(t.Context(), d.DB, subject.Email, "bo@example.com")
		if err == nil {
			if held, err := d.Vault.Refs(t.Context(), refs); err != nil {
				t.Fatal(err)
			} else {
				for _, r := range held {
					if r.Rule == meeting.Name {
						t.Error("the key outlives what it sealed")
					}
				}
			}
		}
	})
}

func TestPromise_CT05_WhatAHoldKeepsStays(t *testing.T) {
	d := open(t, storetest.SQLite(t), example(t, "conference-tools", "teams", "zoom"))
	r := d.imported("teams")
	v, err := d.m.Look(t.Context(), r.Conference, "staff")
	if err != nil {
		t.Fatal(err)
	}
	d.hold(v.People[0].Subject)
	if n, err := d.m.Delete(t.Context(), r.Conference, v.People[0].ID, meeting.Requested, "staff", false); err != nil || n != 0 {
		t.Errorf("%d went, %v", n, err)
	}
	if d.rows("meeting_participation") != 2 {
		t.Error("a hold did not keep its row")
	}
}

// Each entry answers for its own rows: the rules of one tool end nothing of another.
func TestEntriesDoNotMix(t *testing.T) {
	text := example(t, "conference-tools", "teams", "zoom")
	i := strings.LastIndex(text, "- {from: purpose-end")
	text = text[:i] + "- {from: collection, keep: 1 month, then: delete}\n      " + text[i:]
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, text)
		d.imported("teams")
		d.imported("zoom")
		d.Clock.Advance(32 * 24 * 3600e9)
		d.Sweep()
		all, err := d.m.List(t.Context(), 10)
		if err != nil || len(all) != 1 || all[0].Activity != "teams" || d.rows("meeting_participation") != 2 {
			t.Errorf("left: %s, %v", asJSON(t, all), err)
		}
	})
}

// A name is all that is needed, and all declared data of Meet is kept.
func TestPromise_AH24_ANameIsEnough(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, example(t, "alleherzen", "google-meet"))
		read, problems := meeting.Read([]byte("First name,Last name,Email,Duration,Time joined,Time exited,IP address\nAda,Lovelace,,50m,2026-11-20 10:00,2026-11-20 10:50,192.0.2.77\n"), meeting.Reading{Name: "meet.csv"})
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		r, err := d.m.Import(t.Context(), meeting.Order{Report: read, Source: []byte("f")})
		if err != nil || r.Added != 1 || strings.Join(r.Kept, " ") != "name participation duration participants" || strings.Join(r.Dropped, " ") != "ip_address" {
			t.Fatalf("taken in: %+v, %v", r, err)
		}
		if _, err := d.m.Invite(t.Context(), meeting.Plan{Topic: "x", Start: noon.Add(3600e9)}); !fault.Is(err, fault.Refused) {
			t.Errorf("a recording was announced where the policy has none: %v", err)
		}
	})
}

// Recording is off: without two announcements nothing of it is registered.
func TestPromise_AH25_RecordingIsOffByDefault(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		d := open(t, place, example(t, "alleherzen", "teams"))
		r := d.imported("")
		if strings.Join(r.Kept, " ") != "name email topic participation duration participants" {
			t.Errorf("kept %v", r.Kept)
		}
		_, err := d.m.Record(t.Context(), r.Conference, meeting.Content{Values: map[string]string{"video": "https://teams.example/r"}}, "staff")
		if !fault.Is(err, fault.Conflict) || d.rows("meeting_recording") != 0 {
			t.Errorf("a recording nobody announced: %v", err)
		}
	})
}
