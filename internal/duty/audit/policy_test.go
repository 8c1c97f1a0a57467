package audit_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/audit"
	"kept/internal/duty/dutytest"
	"kept/internal/inforce"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// versioned is an instance whose policy was taken over, and then another.
func versioned(t *testing.T, c store.Config) *instance {
	t.Helper()
	i := open(dutytest.Open(t, c, dutytest.Standard, append(slices.Clone(rooms), inforce.Manifest())))
	register, err := inforce.Open(i.Ctx, i.DB, i.Ledger, i.Clock)
	must(i.House, err)
	var before *policy.Policy
	for _, activities := range []string{strings.Replace(dutytest.Standard, "30 days", "60 days", 1), dutytest.Standard} {
		next := i.Read(activities)
		must(i.House, register.Take(i.Ctx, inforce.Change{From: before, To: next}))
		i.Clock.Advance(time.Hour)
		before = next
	}
	return i
}

// Each policy that was in force is compared with its leaf, not their number.
func TestPoliciesAreComparedWithTheLedger(t *testing.T) {
	for name, c := range map[string]struct{ change, says string }{
		"nothing changed": {"", ""},
		"another content": {"update policy_version set hash = 'x' where replaced_at is not null", "without a leaf"},
		"another version": {"update policy_version set notice_version = '1999-01-01' where replaced_at is not null", "without a leaf"},
		"another time":    {"update policy_version set taken_at = taken_at - 86400000 where replaced_at is not null", "without a leaf"},
		"one is missing":  {"delete from policy_version where replaced_at is not null", "not on record"},
		"two are swapped": {"update policy_version set taken_at = taken_at + case when replaced_at is null then -3600000 else 3600000 end", "without a leaf"},
		"another file":    {"update policy_version set source = replace(source, '30 days', '31 days')", "not the policy in force"},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, config store.Config) {
				i := versioned(t, config)
				if c.change != "" {
					i.Exec(c.change)
				}
				r := i.run()
				found := slices.ContainsFunc(r.Findings(), func(f audit.Finding) bool {
					return f.Guarantee == 9 && f.Table == "policy_version" && strings.Contains(f.What, c.says)
				})
				if found != (c.change != "") {
					t.Errorf("found: %t\n%s", found, text(i, r))
				}
			})
		})
	}
}

// The database of the keys is compared with the vault's manifest too.
func TestTheKeysAreComparedWithTheirManifest(t *testing.T) {
	ctx := context.Background()
	i := open(dutytest.Open(t, storetest.SQLite(t), dutytest.Standard, rooms))
	if r := i.run(); len(r.Findings()) > 0 {
		t.Fatalf("findings:\n%s", text(i, r))
	}
	live, err := i.Vault.Columns(ctx)
	if err != nil || len(live) < len(vault.Manifest().Tables) {
		t.Fatalf("the vault's tables: %v, %v", live, err)
	}
	keys, err := store.Open(ctx, store.Config{Dir: i.Keys, File: "keys.db"})
	must(i.House, err)
	for _, statement := range []string{"create table escrow (key blob)", "alter table vault_key add column owner text"} {
		_, err := keys.ExecContext(ctx, statement)
		must(i.House, err)
	}
	must(i.House, keys.Close())
	found := map[string]bool{}
	for _, f := range i.run().Findings() {
		found[f.Table+"."+f.Column] = true
	}
	if !found["escrow."] || !found["vault_key.owner"] {
		t.Errorf("found only %v", found)
	}
}
