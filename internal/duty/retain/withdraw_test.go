package retain_test

import (
	"context"
	"testing"
	"time"

	"kept/internal/consent"
	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

func TestWithdrawalEndsWhatRestsOnTheConsent(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada, bob := h.Subject("ada"), h.Subject("bob")
		member := h.Join(ada, "ada@circle.example")
		h.WriteLetter(member, "x")
		h.WriteLetter(h.Join(bob, "bob@circle.example"), "y")
		h.See(ada, "/a", h.Clock.Now())
		h.See(bob, "/b", h.Clock.Now())
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		want(h, "letters right after the commit", h.Count(dutytest.Letter, "1 = 1"), 1)
		want(h, "her name", h.Count(dutytest.Member, "id = $1 and name is not null", member), 0)
		want(h, "her proof, kept for three years from now", h.Count(dutytest.Member, "id = $1 and proof is not null and left_at is not null", member), 1)
		h.Work()
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
		h.Clock.Advance(retain.Spread)
		h.Work()
		if h.HasKey(ada, dutytest.Visit) || h.HasKey(ada, "circle/person/left") || !h.HasKey(ada, "circle/proof/left") {
			h.T.Error("the keys do not follow what is left")
		}
		want(h, "intent", h.Leaves("erasure.intended"), 1)
		want(h, "done", h.Leaves("erasure.done"), 1)
	})
}

// What another node takes in before it knows of a withdrawal goes too, and only
// then is the erasure called done.
func TestWithdrawalEndsWhatAnotherNodeTookInMeanwhile(t *testing.T) {
	h := dutytest.Open(t, storetest.Postgres(t), dutytest.Standard, []manifest.Manifest{retain.Manifest()})
	s := open(h)
	ada := h.Subject("ada")
	h.See(ada, "/a", h.Clock.Now())
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
	})
	h.Work()
	h.See(ada, "/b", h.Clock.Now())
	want(h, "done while another node may not know", h.Leaves("erasure.done"), 0)
	h.Clock.Advance(retain.Spread)
	h.Work()
	want(h, "visits", h.EventCount(dutytest.Visit), 0)
	want(h, "done", h.Leaves("erasure.done"), 1)
	want(h, "leaves that say two events went", h.Count("ledger_leaf", `entry like '%"events":2%'`), 1)
	if h.HasKey(ada, dutytest.Visit) {
		t.Error("the key is still there")
	}
}

// Who consents again before the second look keeps the key that new events need.
func TestConsentAgainRightAfterAWithdrawal(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Accept()
		h.See(ada, "/a", h.Clock.Now())
		h.Write(func(ctx context.Context, tx *store.Tx) error { // her decision stands, as one given anew does
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		h.Work()
		h.Clock.Advance(retain.Spread)
		h.Work()
		want(h, "visits", h.EventCount(dutytest.Visit), 0)
		if !h.HasKey(ada, dutytest.Visit) {
			h.T.Error("the key of a person who consents was destroyed")
		}
	})
}

// A hold that comes between the withdrawal and its job keeps the events.
func TestAHoldComesBeforeTheEventsOfAWithdrawalGo(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.See(ada, "/a", h.Clock.Now())
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		h.Hold(subject.Hold{Subject: ada, Activity: "circle"})
		h.Work()
		h.Clock.Advance(retain.Spread)
		h.Work()
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
		if !h.HasKey(ada, dutytest.Visit) {
			h.T.Error("the key of held events was destroyed")
		}
	})
}

// The record of a consent that was revoked is kept for three years from the
// revocation and not longer, whatever room it lies in: the rules are read from
// that room's own manifest.
func TestPromise_MC22_ProofOfARevocationIsKeptThreeYears(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.Consent.OnWithdraw(s.OnWithdraw)
		who := h.Accept()
		decisions, err := h.Consent.Decisions(h.Ctx, who)
		if err != nil || len(decisions) != 1 {
			h.T.Fatalf("decisions: %+v, %v", decisions, err)
		}
		h.Clock.Advance(time.Hour)
		stands := consent.State{Known: true, Decision: decisions[0].ID}
		if _, err := h.Consent.Decide(h.Ctx, consent.Request{None: true, Source: consent.Settings, Previous: stands}); err != nil {
			h.T.Fatal(err)
		}
		revoked := h.Clock.Now()
		h.Work()
		sweep(h, s)
		skip(h, s, revoked.AddDate(3, 0, 0).Add(-time.Minute))
		want(h, "records within three years", h.Count("consent_decision", "ended_at is not null"), 1)
		if !h.HasKey(who, consent.Name) {
			h.T.Error("the proof cannot be read any more")
		}
		h.Clock.Advance(time.Minute)
		sweep(h, s)
		want(h, "records after three years", h.Count("consent_decision", "1 = 1"), 0)
		if h.HasKey(who, consent.Name) {
			h.T.Error("the key of the proof is still there")
		}
	})
}

// Another group's withdrawal ends nothing here.
func TestWithdrawalOfAnotherGroup(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.See(ada, "/a", h.Clock.Now())
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"marketing"})
		})
		h.Work()
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
	})
}

// A kind that is declared and not run has no tables: its withdrawal finds nothing
// to end, and its jobs come to an end.
func TestWithdrawalOfAKindWithoutTables(t *testing.T) {
	declared := manifest.Manifest{Kind: policy.Kind{
		Name: "declared", Title: policy.Text{"en": "Declared", "de": "Angegeben"}, Planned: true,
		Moments: []policy.Moment{{Name: "collection", Title: policy.Text{"en": "the view", "de": "das Ansehen"}}},
		Fields:  []policy.Field{{Name: "time", Category: "user.behavior", Source: "device", Title: policy.Text{"en": "time", "de": "Zeit"}}},
	}}
	entries := dutytest.Standard + `  declared:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [time]
    retention:
      - {from: collection, keep: 30 days, then: delete}
`
	dutytest.Each(t, entries, []manifest.Manifest{retain.Manifest(), declared}, func(t *testing.T, h *dutytest.House) {
		s := open(h)
		ada := h.Subject("ada")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		h.Work()
		h.Clock.Advance(retain.Spread)
		h.Work()
		want(h, "jobs left", h.Count("job", "1 = 1"), 0)
		want(h, "done", h.Leaves("erasure.done"), 2)
	})
}

func TestWithdrawalAnonymises(t *testing.T) {
	sweeps(t, anonymous, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.WriteLetter(h.Join(ada, "ada@circle.example"), "x")
		h.See(ada, "/a?q=1", h.Clock.Now())
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		h.Work()
		want(h, "members without a person", h.Count(dutytest.Member, "subject is null and name is null"), 1)
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
		var rows int64
		if err := h.Events.Of(h.Ctx, dutytest.Visit, ada, func(eventRow) error { rows++; return nil }); err != nil {
			h.T.Fatal(err)
		}
		want(h, "her visits", rows, 0)
	})
}

// What a hold or a restriction keeps stays when its moment comes, of whomever it is said
// and of whichever rule, and goes once it is lifted.
func TestAHoldKeepsWhatEndsWithItsMoment(t *testing.T) {
	for name, about := range map[string]func(ada string) subject.Hold{
		"the person": func(ada string) subject.Hold { return subject.Hold{Subject: ada} },
		"the entry":  func(string) subject.Hold { return subject.Hold{Activity: "circle"} },
		"the rule": func(ada string) subject.Hold {
			return subject.Hold{Subject: ada, Activity: "circle", Rule: "circle/person/left"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
				ada, bob := h.Subject("ada"), h.Subject("bob")
				leave := func(member string) {
					h.Write(func(ctx context.Context, tx *store.Tx) error {
						if _, err := tx.ExecContext(ctx, "update circle_member set left_at = $1 where id = $2", store.At(h.Clock.Now()), member); err != nil {
							return err
						}
						return s.Now(ctx, tx, "circle", "left", dutytest.Member, member)
					})
				}
				hold := h.Hold(about(ada))
				leave(h.Join(ada, "ada@circle.example"))
				h.Work()
				want(h, "her name", h.Count(dutytest.Member, "name is not null and subject = $1", ada), 1)
				if !h.HasKey(ada, "circle/person/left") {
					h.T.Error("the key of what is held was destroyed")
				}
				if about(ada).Subject != "" {
					leave(h.Join(bob, "bob@circle.example"))
					want(h, "another's name", h.Count(dutytest.Member, "name is not null and subject = $1", bob), 0)
				}
				h.Lift(hold)
				h.Work()
				sweep(h, s)
				want(h, "her name after the hold", h.Count(dutytest.Member, "name is not null and subject = $1", ada), 0)
			})
		})
	}
}

// What ends with its moment ends in the transaction that sets the moment, and
// comes back with it if that fails.
func TestKeepZeroDaysIsTheSameTransaction(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		member := h.Join(ada, "ada@circle.example")
		leave := func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, "update circle_member set left_at = $1 where id = $2", store.At(h.Clock.Now()), member); err != nil {
				return err
			}
			return s.Now(ctx, tx, "circle", "left", dutytest.Member, member)
		}
		err := h.DB.Write(h.Ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := leave(ctx, tx); err != nil {
				return err
			}
			return fault.New(fault.Unavailable, "the power went")
		})
		if !fault.Is(err, fault.Unavailable) {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "her name after the failure", h.Count(dutytest.Member, "name is not null"), 1)
		if !h.HasKey(ada, "circle/person/left") {
			h.T.Error("a transaction that failed destroyed a key")
		}
		h.Write(leave)
		want(h, "her name", h.Count(dutytest.Member, "name is not null"), 0)
		want(h, "her proof", h.Count(dutytest.Member, "proof is not null"), 1)
		h.Work()
		if h.HasKey(ada, "circle/person/left") {
			h.T.Error("the key is still there")
		}
	})
}
