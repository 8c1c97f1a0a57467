package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/examples"
	"kept/internal/app"
	"kept/internal/mail/mailtest"
)

// customers has people register at the portal of the instance, which stops then.
func (i *instance) customers(addresses ...string) {
	i.t.Helper()
	policy, err := fs.ReadFile(examples.Files, "mailissa/policy.yaml")
	fatal(i.t, err)
	fatal(i.t, os.WriteFile(filepath.Join(i.dir, "policy.yaml"), policy, 0o644))
	sink := mailtest.NewSink(i.t)
	ctx, stop := context.WithCancel(i.t.Context())
	cfg := app.Config{
		Place: i.place, Policy: filepath.Join(i.dir, "policy.yaml"), Site: filepath.Join(i.dir, "site"),
		Listen: "127.0.0.1:0", Console: "127.0.0.1:0", Portal: "127.0.0.1:0", Mail: sink.Options(),
	}
	doors, err := app.Listen(ctx, &cfg)
	fatal(i.t, err)
	a, err := app.Open(ctx, cfg)
	if err != nil {
		i.t.Fatal(errors.Join(err, doors.Close()))
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, doors) }()
	for _, address := range addresses {
		jar, err := cookiejar.New(nil)
		fatal(i.t, err)
		c := &http.Client{Jar: jar}
		for _, to := range []string{"/register", ""} {
			if to == "" {
				fatal(i.t, a.Settle(ctx))
				mails := sink.To(address)
				link, _, _ := strings.Cut(mails[len(mails)-1].Link(a.PortalURL()), "?")
				to = strings.TrimPrefix(link, a.PortalURL())
			}
			got, err := c.PostForm(a.PortalURL()+to, url.Values{"email": {address}, "password": {"a short sentence is fine"}})
			fatal(i.t, err)
			fatal(i.t, got.Body.Close())
			if got.StatusCode != http.StatusOK {
				i.t.Fatalf("%s: %s", to, got.Status)
			}
		}
	}
	stop()
	fatal(i.t, errors.Join(<-served, a.Close()))
}

// The commands list customers without people, open one, note an expiry, and delete what
// was asked for; a trial changes nothing, and the others stay.
func TestTheCommandsServeCustomers(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		i.customers("ada@firma.example", "bob@andere.example")
		list := i.must("customer", "list", "--json")
		var all []customerLine
		fatal(t, json.Unmarshal([]byte(list), &all))
		if len(all) != 2 || all[0].People != 1 || strings.Contains(list, "@") {
			t.Fatalf("the list: %s", list)
		}
		var one customerLine
		fatal(t, json.Unmarshal([]byte(i.must("customer", "show", "ada@firma.example", "--json")), &one))
		if one.Registered != "ada@firma.example" || len(one.Members) != 1 || one.Members[0].Role != "customer-owner" || !one.Expires.IsZero() {
			t.Errorf("one: %+v", one)
		}
		i.must("customer", "expiry", one.ID, "2099-12-31")
		if shown := i.must("customer", "show", one.ID); !strings.Contains(shown, "2099-12-31") || !strings.Contains(shown, "ada@firma.example") {
			t.Errorf("with an expiry: %s", shown)
		}
		if said := i.must("customer", "expiry", one.ID, "none"); !strings.Contains(said, "does not expire") {
			t.Errorf("without: %s", said)
		}
		if said := i.must("customer", "delete", one.ID, "--dry-run"); !strings.Contains(said, "account_customer") || !strings.Contains(said, "Nothing was changed") {
			t.Errorf("a trial: %s", said)
		}
		if shown := i.must("customer", "show", one.ID); !strings.Contains(shown, "ada@firma.example") {
			t.Errorf("after the trial: %s", shown)
		}
		var done struct {
			Deleted []struct {
				Table string
				Rows  int
			}
			Trial bool `json:"dry_run"`
		}
		fatal(t, json.Unmarshal([]byte(i.must("customer", "delete", one.ID, "--json")), &done))
		if len(done.Deleted) == 0 || done.Trial {
			t.Errorf("deleted: %+v", done)
		}
		if r := i.run("customer", "show", one.ID, "--data", i.place.Data); r.code != 1 || !strings.Contains(r.err, "no such customer") {
			t.Errorf("afterwards: %d %s", r.code, r.err)
		}
		if shown := i.must("customer", "show", "bob@andere.example"); !strings.Contains(shown, "bob@andere.example") {
			t.Errorf("the other: %s", shown)
		}
		leaves := i.leaves()
		for _, leaf := range []string{"customer.opened", "customer.expiry", "customer.deletion", "customer.deleted-by"} {
			if !strings.Contains(leaves, leaf) {
				t.Errorf("no leaf %s", leaf)
			}
		}
		if strings.Contains(leaves, "@firma.example") {
			t.Error("a leaf names a person")
		}
	})
}
