package meeting_test

import (
	"slices"
	"strings"
	"testing"

	"kept/internal/activity/meeting"
	"kept/internal/duty/audit"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// Each entry of the policy answers for the conferences of its own tool: in a copy
// with its own title, in an erasure with its own rules.
func TestEachEntryAnswersForItsOwnConferences(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		text := example(t, "conference-tools", "teams", "zoom")
		at := strings.LastIndex(text, "\n  zoom:\n")
		zoom := strings.Replace(text[at:], "      - {from: request,", `      - {data: [participation], from: meeting-end, keep: 1 year, then: delete, reason: {de: Abwehr von Ansprüchen, en: defence of claims}}
      - {from: request,`, 1)
		d := open(t, place, text[:at]+zoom)
		d.imported("teams")
		if _, err := d.m.Import(t.Context(), meeting.Order{Activity: "zoom", Report: report("Review"), Source: []byte("other"), By: "staff"}); err != nil {
			t.Fatal(err)
		}
		bo, err := d.Subjects.Find(t.Context(), d.DB, subject.Email, "bo@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if got := held(t, d, bo); got != "teams/Conferences with Microsoft Teams/1 zoom/Conferences with Zoom/1" {
			t.Errorf("the copy says %q", got)
		}
		goes, stays, err := d.Rights.Preview(t.Context(), bo)
		if err != nil {
			t.Fatal(err)
		}
		if got := parts(goes); got != "teams zoom" {
			t.Errorf("goes: %s", got)
		}
		if got := parts(stays); got != "zoom" {
			t.Errorf("stays: %s", got)
		}
		id, err := d.Rights.Erase(t.Context(), bo)
		if err != nil {
			t.Fatal(err)
		}
		d.Work()
		d.Clock.Advance(retain.Spread)
		d.Work()
		r, err := d.Rights.Request(t.Context(), id)
		if err != nil || r.State != rights.Done {
			t.Fatalf("the erasure is %s, %v", r.State, err)
		}
		if got := held(t, d, bo); got != "zoom/Conferences with Zoom/1" {
			t.Errorf("after the erasure the copy says %q", got)
		}
	})
}

// held lists the activities of somebody's copy with their titles and how many
// participations they have.
func held(t *testing.T, d desk, who string) string {
	t.Helper()
	c, err := d.Rights.Access(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, a := range c.Activities {
		for _, table := range a.Tables {
			if table.Name == "meeting_participation" {
				found = append(found, a.Key+"/"+a.Title["en"]+"/"+strings.Repeat("1", len(table.Rows)))
			}
		}
	}
	return strings.Join(found, " ")
}

// parts lists whose participations are among ps.
func parts(ps []rights.Part) string {
	var found []string
	for _, p := range ps {
		if p.Table == "meeting_participation" {
			found = append(found, p.Activity)
		}
	}
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " ")
}

// A recording by consent whose proof the manifest does not place is not verifiable
// by the audit; while there is none, nothing needs a proof.
func TestTheAuditSaysWhatItCannotVerify(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		text := strings.Replace(house(usual), "    basis: contract\n    also: [{basis: consent, for: {de: Aufzeichnungen, en: recordings}}]\n", "    basis: consent\n", 1)
		d := open(t, place, text)
		for _, want := range []audit.Verdict{audit.Verified, audit.NotVerifiable} {
			a, err := audit.Open(t.Context(), audit.Config{DB: d.DB, Events: d.Events, Vault: d.Vault, Ledger: d.Ledger, Clock: d.Clock, Manifests: d.Manifests, Policy: d.Policy})
			if err != nil {
				t.Fatal(err)
			}
			r, err := a.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Guarantees[3]; got.Verdict != want {
				t.Errorf("want %s: %+v", want, got)
			}
			d.invited("meetings")
		}
	})
}
