package contactsync_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/remote/direct/abroadtest"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

const ofMicrosoft = `recipients:
  microsoft:
    name: Microsoft Ireland Operations Limited
    category: {en: Exchange Online}
    address: Dublin
    country: IE
    role: processor
    agreement: {kind: dpa, since: 2024-01-01}
    hosts: [graph.microsoft.example, login.microsoft.example]
activities:
`

// inTheCloud is an office whose organisation is at Microsoft, reached by its names over
// TLS as the policy declares them, with a door for its administrator.
func inTheCloud(t *testing.T, f func(t *testing.T, p portal)) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		clk := clock.At(noon)
		s := graphtest.New(clk)
		abroad := abroadtest.New(t, s, "graph.microsoft.example", "login.microsoft.example")
		text := strings.NewReplacer("activities:\n", ofMicrosoft, "sources: [graph]", "sources: [graph, mailbox, csv]",
			"    retention:\n      - {from: collection, data: log", "    recipients: {microsoft: [directory, contact]}\n    retention:\n      - {from: collection, data: log").Replace(policyOf(every))
		h := activitytest.EnvOver(t, egress.Options{Resolver: abroad, Dial: abroad.Dial, Roots: abroad.Roots()}, place, text, clk, served{})
		o := office{House: h, service: s, tenant: s.Tenant("muster")}
		o.tenant.Register("app", password)
		f(t, withADoor(o))
	})
}

// An administrator sets Microsoft 365 up at the portal with a secret or a certificate: the
// test of the access says what is missing until it works, and then contacts are written,
// all of it by the declared names and over TLS.
func TestMicrosoft365IsSetUpAtThePortal(t *testing.T) {
	inTheCloud(t, func(t *testing.T, p portal) {
		const who = "customer-a"
		p.Work()
		p.hire("ada", "Ada Lovelace", "Sales")
		p.tenant.SetPhoto("ada", portrait(t, 10))
		leaf, pem := credential(t)
		form := map[string]string{"kind": "graph", "name": "by secret", "tenant": "muster", "client": "app", "secret": "wrong", "department": "Sales", "folder": "Muster GmbH"}
		if status, body := p.send(who, "/sync/new", map[string]string{"kind": "graph", "name": "x", "tenant": "muster", "client": "app", "certificate": "no PEM", "department": "Sales"}, "", ""); status != 400 || !strings.Contains(body, "no certificate with its RSA key") {
			t.Errorf("a certificate that is none: %d %s", status, body)
		}
		status, at := p.send(who, "/sync/new", form, "", "")
		if status != http.StatusSeeOther {
			t.Fatalf("set up: %d %s", status, at)
		}
		if _, body := p.post(who, at+"/probe?lang=de", nil); !strings.Contains(body, "Die Anwendung wird nicht eingelassen. Vergleichen Sie") {
			t.Errorf("a wrong secret: %s", body)
		}
		if status, to := p.post(who, at+"/connections/graph", url.Values{"tenant": {"muster"}, "client": {"app"}, "secret": {password}}); status != http.StatusSeeOther {
			t.Fatalf("the right secret: %d %s", status, to)
		}
		p.tenant.Restrict("app", "bob@muster.example")
		if _, body := p.post(who, at+"/probe", nil); !strings.Contains(body, "1 of 1 mailboxes cannot be reached. Run the script in PowerShell") || !strings.Contains(body, "ada@muster.example") {
			t.Errorf("a mailbox that refuses: %s", body)
		}
		p.tenant.Restrict("app", "ada@muster.example")
		if _, body := p.post(who, at+"/probe", nil); !strings.Contains(body, "Everything that is needed works") {
			t.Errorf("all is well: %s", body)
		}

		form["name"], form["secret"], form["client"], form["certificate"] = "by certificate", "", "app2", pem
		p.tenant.RegisterCertificate("app2", leaf)
		status, certified := p.send(who, "/sync/new", form, "", "")
		if status != http.StatusSeeOther {
			t.Fatalf("set up by certificate: %d %s", status, certified)
		}
		for _, here := range []string{at, certified} {
			if _, body := p.post(who, here+"/probe", nil); !strings.Contains(body, "Everything that is needed works") {
				t.Errorf("%s: %s", here, body)
			}
			p.post(who, here+"/run", nil)
			p.synchroniser().Wait()
			if _, body := p.get(who, here+"/runs"); strings.Contains(body, "What to do") || !strings.Contains(body, "done") {
				t.Errorf("%s: the runs: %s", here, body)
			}
		}
		found := p.tenant.Contacts("ada@muster.example")
		if len(found) != 2 || len(found[0].Photo) == 0 || found[0].Folder != "Muster GmbH" || found[0].Fields["displayName"] != "Ada Lovelace" || found[0].Fields["mobilePhone"] == nil {
			t.Errorf("in the mailbox: %+v", found)
		}
		for _, hit := range activitytest.Texts(p.Everything(), password, strings.Split(pem, "\n")[5]) {
			t.Errorf("in clear in %s", hit)
		}
	})
}

// A source is changed without anybody going and coming again; another list in its place is
// read in full.
func TestASourceIsChangedAtThePortal(t *testing.T) {
	inTheCloud(t, func(t *testing.T, p portal) {
		const who, box = "customer-a", "ada@muster.example"
		p.Work()
		for _, x := range []string{"ada", "bob", "cid"} {
			p.hire(x, x, map[string]string{"ada": "Sales"}[x])
		}
		p.tenant.AddContact("extern", map[string]any{"mail": "extern@partner.example", "displayName": "Extern"})
		_, at := p.send(who, "/sync/new", map[string]string{"kind": "graph", "name": "x", "tenant": "muster", "client": "app", "secret": password, "department": "Sales"}, "", "")
		id := strings.TrimPrefix(at, "/sync/")
		p.run(id)
		before := map[string]bool{}
		for _, c := range p.tenant.Contacts(box) {
			before[c.ID] = true
		}
		if _, body := p.get(who, at+"/sources?change=users"); !strings.Contains(body, `name="key" value="users"`) || !strings.Contains(body, "Without these") {
			t.Fatalf("the form: %s", body)
		}
		if status, to := p.send(who, at+"/sources", map[string]string{"key": "users", "what": "users", "without": "bob@muster.example\n", "only_departments": ""}, "", ""); status != http.StatusSeeOther {
			t.Fatalf("changed: %d %s", status, to)
		}
		if r := p.run(id); r.Count.Deletes != 1 || r.Count.Creates+r.Count.Updates != 0 {
			t.Errorf("without bob: %+v", r.Count)
		}
		for _, c := range p.tenant.Contacts(box) {
			if !before[c.ID] {
				t.Errorf("%v was written anew", c.Fields["displayName"])
			}
		}
		if status, to := p.send(who, at+"/sources", map[string]string{"key": "users", "what": "contacts"}, "", ""); status != http.StatusSeeOther {
			t.Fatalf("changed: %d %s", status, to)
		}
		p.Clock.Advance(time.Minute)
		p.run(id)
		if found := p.tenant.Contacts(box); len(found) != 1 || found[0].Fields["displayName"] != "Extern" {
			t.Errorf("another list: %+v", found)
		}

		p.tenant.AddUser("partners", map[string]any{"mail": shared, "displayName": "Partners", "accountEnabled": false})
		p.supplier("Carl Gauss", "carl@gauss.example", "")
		for _, address := range []string{"partners", shared} {
			status, to := p.send(who, at+"/sources", map[string]string{"kind": "mailbox", "shared": address, "shared_folder": "Suppliers"}, "", "")
			if status != map[bool]int{true: http.StatusSeeOther, false: 400}[address == shared] {
				t.Fatalf("%s: %d %s", address, status, to)
			}
		}
		if _, body := p.get(who, at+"/fields"); !strings.Contains(body, "first.phones") {
			t.Errorf("with two sources the fields say who speaks first: %s", body)
		}
		if status, to := p.post(who, at+"/fields", url.Values{"first.phones": {"mailbox"}}); status != http.StatusSeeOther || len(p.get1(at).Setup.Sources["mailbox"].First) != 1 {
			t.Errorf("the fields: %d %s", status, to)
		}
		p.run(id)
		if names := p.names(box); strings.Join(names, ",") != "Carl Gauss,Extern" {
			t.Errorf("in the mailbox: %v", names)
		}
		if _, body := p.get(who, at+"?lang=de"); !strings.Contains(body, "Ordner „Suppliers“ des freigegebenen Postfachs "+shared) {
			t.Errorf("the overview: %s", body)
		}
	})
}
