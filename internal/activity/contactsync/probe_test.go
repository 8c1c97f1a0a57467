package contactsync_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/contactsync/roster"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// found writes findings as what/verdict/part, so that a test reads them at a glance.
func found(all []contactsync.Finding) string {
	var lines []string
	for _, f := range all {
		lines = append(lines, fmt.Sprintf("%s %s %s %d/%d", f.What, f.Verdict, f.Part, len(f.Mailboxes), f.Tried))
		if strings.HasPrefix(f.Says("en"), "sync.") || strings.HasPrefix(f.Says("de"), "sync.") {
			lines = append(lines, "no words for "+f.What)
		}
	}
	return strings.Join(lines, ", ")
}

// probes tries a set-up and compares what is found.
func (o office) probes(t *testing.T, id, want string) {
	t.Helper()
	all, err := o.synchroniser().Probe(t.Context(), id)
	if got := found(all); err != nil || got != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
}

// A trial says what is missing, and what is too much.
func TestATrialSaysWhatIsMissingAndWhatIsTooMuch(t *testing.T) {
	o := open(activitytest.Env(t, storetest.SQLite(t), policyOf(every), clock.At(noon), contactsync.Kind{}))
	o.hire("ada", "Ada Lovelace", "Sales")
	o.hire("bob", "Bob Boole", "Legal")
	o.tenant.SetGroup("g1", "Phones", "ada")
	id := o.set(o.setup())
	probe := func(want string) { t.Helper(); o.probes(t, id, want) }
	probe("sign-in fine office 0/0, users fine office 0/0, source fine staff 0/0, choice fine phones 0/1, mailboxes fine phones 0/1, beyond too-much phones 1/1")
	o.tenant.Restrict("app", "ada@muster.example")
	probe("sign-in fine office 0/0, users fine office 0/0, source fine staff 0/0, choice fine phones 0/1, mailboxes fine phones 0/1, beyond fine phones 0/1")
	o.tenant.Restrict("app", "bob@muster.example")
	probe("sign-in fine office 0/0, users fine office 0/0, source fine staff 0/0, choice fine phones 0/1, mailboxes wrong phones 1/1, beyond too-much phones 1/1")
	o.tenant.Permit("app", "Group.Read.All")
	probe("sign-in fine office 0/0, users wrong office 0/0, source wrong staff 0/0, choice wrong phones 0/0")
	o.tenant.Register("app", "another-secret")
	probe("sign-in wrong office 0/0")
	o.tenant.Register("app", password)

	s := o.setup()
	s.Targets["phones"] = contactsync.Target{Connection: "office", Groups: []string{"g1"}}
	s.Sources["staff"] = contactsync.Source{Connection: "office", What: "contacts"}
	all, err := o.synchroniser().Probe(t.Context(), o.set(s))
	if got := found(all); err != nil || got != "sign-in fine office 0/0, users fine office 0/0, groups fine office 0/0, org-contacts fine office 0/0, empty wrong staff 0/0, choice fine phones 0/1, mailboxes fine phones 0/1, beyond too-much phones 1/1" {
		t.Error(got)
	}
	if n := len(o.tenant.Contacts("ada@muster.example")); n != 0 {
		t.Errorf("a trial wrote %d contacts", n)
	}
}

// The script holds what the set-up needs and no more, and nothing that a customer
// typed ends a text in it.
func TestTheScriptAllowsWhatIsNeeded(t *testing.T) {
	s := contactsync.Setup{
		Name: "phones\n Remove-Mailbox", Customer: "muster",
		Connections: map[string]contactsync.Connection{
			"office": {Kind: "graph", Tenant: "t", Client: "c1"},
			"cellar": {Kind: "ews", URL: "https://mail.muster.example/EWS/Exchange.asmx", Account: `MUSTER\svc-kept`},
		},
		Sources: map[string]contactsync.Source{"staff": {Connection: "office", What: "users"}},
		Targets: map[string]contactsync.Target{
			"a": {Connection: "office", Groups: []string{"11111111-2222"}, Department: "R&D's ’$(x)`\""},
			"b": {Connection: "cellar", Mailboxes: []string{"bob@muster.example", "ada@muster.example"}},
		},
		Fields: roster.Rules{},
	}
	script, err := s.Script("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"$filter = @('PrimarySmtpAddress -eq ''ada@muster.example''', 'PrimarySmtpAddress -eq ''bob@muster.example''') -join ' -or '\n",
		`New-ManagementRoleAssignment -Name 'Kept phones  Remove-Mailbox' -Role ApplicationImpersonation -User 'MUSTER\svc-kept' -CustomRecipientWriteScope 'Kept phones  Remove-Mailbox'` + "\n",
		"foreach ($name in 'User.Read.All', 'Group.Read.All') {\n",
		"New-ServicePrincipal -AppId 'c1' -ObjectId $app.Id",
		"-Role 'Application Contacts.ReadWrite' -CustomResourceScope 'Kept phones  Remove-Mailbox'\n",
		"$groups = @('11111111-2222' | ForEach-Object { Get-Group -Identity $_ })\n",
		"Get-MgGroupTransitiveMemberAsGroup -GroupId $name -All",
		", AppRoleAssignment.ReadWrite.All, GroupMember.Read.All\n",
		`+ @($groups | ForEach-Object { "MemberOfGroup -eq '" + $_.DistinguishedName.Replace("'", "''") + "'" })) -join ' -or '` + "\n",
		"'Department -eq ''R&D''''s ’’$(x)`\"'''",
	} {
		if !strings.Contains(script, want) {
			t.Errorf("the script has no %s\n%s", want, script)
		}
	}
	for line := range strings.Lines(script) {
		if strings.HasPrefix(strings.TrimSpace(line), "Remove-Mailbox") || strings.Contains(line, "OrgContact") {
			t.Errorf("the script says %s", line)
		}
	}
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf("u%d@muster.example", i))
	}
	s.Targets["b"] = contactsync.Target{Connection: "cellar", Mailboxes: many}
	if script, err = s.Script("de"); err != nil || strings.Count(script, "Add-DistributionGroupMember") != 30 {
		t.Errorf("many mailboxes: %v\n%s", err, script)
	}
	s.Targets["b"] = contactsync.Target{Connection: "cellar", Groups: []string{"CN=Phones,DC=muster,DC=example"}, Directory: "tower"}
	delete(s.Targets, "a")
	script, err = s.Script("de")
	for _, want := range []string{"$groups = @('CN=Phones,DC=muster,DC=example' | ", "foreach ($name in $groups[$i].Members) {\n", "$filter = (@() + @($groups | "} {
		if err != nil || !strings.Contains(script, want) {
			t.Errorf("the script has no %s: %v\n%s", want, err, script)
		}
	}
	if strings.Contains(script, "GroupMember") {
		t.Errorf("the script allows what is not needed\n%s", script)
	}
	if _, err := (contactsync.Setup{}).Script("en"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a script for nothing: %v", err)
	}
}

// credential is an application's certificate with its key, as openssl writes them.
func credential(t *testing.T) (leaf *x509.Certificate, text string) {
	t.Helper()
	return credentialUntil(t, noon.Add(24*time.Hour))
}

func credentialUntil(t *testing.T, end time.Time) (leaf *x509.Certificate, text string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotAfter: end}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if leaf, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return leaf, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})) + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

// CS03: a certificate lets the application in as a secret does, and lies sealed like
// it.
func TestPromise_CS03_ACertificateLiesSealed(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		leaf, text := credential(t)
		o.tenant.RegisterCertificate("app", leaf)
		o.hire("ada", "Ada Lovelace", "Sales")
		s := o.setup()
		c := s.Connections["office"]
		c.Password, c.Certificate = vault.Secret{}, vault.NewSecret(text)
		s.Connections["office"] = c
		o.run(o.set(s))
		if n := len(o.tenant.Contacts("ada@muster.example")); n != 1 {
			t.Errorf("%d contacts", n)
		}
		key := strings.Split(text, "\n")
		for _, hit := range activitytest.Texts(o.Everything(), key[3], key[9]) {
			t.Errorf("the key stands in %s", hit)
		}
		for _, wrong := range []string{"no PEM", text[:strings.Index(text, "-----BEGIN CERT")], "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"} {
			c.Certificate = vault.NewSecret(wrong)
			s.Connections["office"] = c
			if _, err := o.synchroniser().Set(t.Context(), "", s); !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), key[3]) {
				t.Errorf("a wrong certificate: %v", err)
			}
		}
	})
}
