package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/app"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// A rotation that is killed half way is told by every start, and goes on when
// the command is run again.
func TestARotationGoesOnAfterKill(t *testing.T) {
	t.Parallel()
	const people = 40_000
	i := newInstance(t, storetest.SQLite(t))
	p := i.serve()
	fatal(t, newVisitor(p.site).accepts())
	fatal(t, p.stop())
	manyKeys(t, i, people)
	next := filepath.Join(i.dir, "next.key")
	rotate := []string{"key", "rotate", "--data", i.place.Data, "--to", next}

	p, err := launch(i.dir, nil, rotate...)
	fatal(t, err)
	t.Cleanup(p.kill)
	killHalfWay(t, i, p, people)

	r := i.run(i.serveArgs()...)
	if r.code != exitFinding || !strings.Contains(r.err, "the change to another master key is half done") {
		t.Errorf("the former key, half way: exit code %d\n%s", r.code, r.err)
	}
	i.must("audit", "--master-key", next) // the new one opens what either wraps
	if r := i.run(rotate...); r.code != 0 || r.err != "" {
		t.Fatalf("the second run: exit code %d\n%s%s", r.code, r.out, r.err)
	}
	if r := i.run(i.serveArgs()...); r.code != exitMisuse || !strings.Contains(r.err, "does not fit") {
		t.Errorf("the former key, afterwards: exit code %d\n%s", r.code, r.err)
	}
	p = i.serve("--master-key", next)
	fatal(t, newVisitor(p.site).accepts())
	fatal(t, p.stop())
}

// manyKeys makes keys, so that a rotation takes its time.
func manyKeys(t *testing.T, i *instance, n int) {
	t.Helper()
	platform, err := app.OpenPlatform(t.Context(), i.place)
	fatal(t, err)
	refs := make([]vault.Ref, n)
	for k := range refs {
		refs[k] = vault.Ref{Subject: fmt.Sprintf("nobody-%d", k), Rule: "none"}
	}
	fatal(t, platform.Vault.Prepare(t.Context(), refs...))
	fatal(t, platform.Close())
}

// killHalfWay kills a rotation once some keys, and before all, are wrapped anew.
func killHalfWay(t *testing.T, i *instance, p *process, all int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(i.place.Data, "keys", "keys.db")+"?mode=ro")
	fatal(t, err)
	defer db.Close()
	done := func() (n int) {
		fatal(t, db.QueryRow("select count(*) from vault_key where generation = 2").Scan(&n))
		return n
	}
	for done() == 0 {
		select {
		case <-p.ended:
			t.Fatalf("it ended before a key was wrapped anew\n%s", p.said())
		default:
		}
	}
	p.kill()
	if n := done(); n == 0 || n >= all {
		t.Fatalf("%d of %d keys are wrapped anew", n, all)
	}
}

// Another folder beside the same database holds other keys: nothing starts over
// data that it cannot read, and no tool makes keys there.
func TestAnotherFolderBesideTheSameDatabase(t *testing.T) {
	t.Parallel()
	i := newInstance(t, storetest.Postgres(t))
	p := i.serve()
	fatal(t, newVisitor(p.site).accepts())
	fatal(t, p.stop())
	i.place.Data = filepath.Join(t.TempDir(), "other")
	if r := i.run("audit", "--data", i.place.Data); r.code != exitMisuse || !strings.Contains(r.err, "there is no instance in "+i.place.Data) {
		t.Errorf("audit: exit code %d\n%s", r.code, r.err)
	}
	if _, err := os.Stat(i.place.Data); err == nil {
		t.Error("the audit made a folder")
	}
	r := i.run(i.serveArgs()...)
	if r.code != exitMisuse || !strings.Contains(r.err, "not signed with the keys in "+i.place.Data) || !strings.Contains(r.err, "--data") {
		t.Errorf("serve: exit code %d\n%s", r.code, r.err)
	}
}
