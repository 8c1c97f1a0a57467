package answer

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/emersion/go-ical"
	"github.com/emersion/go-vcard"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/subject"
)

const circle = `  circle:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [person, proof, letter, amount, visitor, time, page, address]
    retention:
      - {from: collection, keep: 1 year, then: delete}
      - {data: amount, from: invoice-date, keep: 1 year, then: delete}
`

func packers(t *testing.T, f func(h *dutytest.House, p *Packer)) {
	t.Helper()
	dutytest.Each(t, circle, []manifest.Manifest{rights.Manifest()}, func(t *testing.T, h *dutytest.House) { f(h, packer(h)) })
}

func packer(h *dutytest.House) *Packer {
	h.T.Helper()
	d, err := rights.Open(h.Ctx, rights.Config{
		DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects, Consent: h.Consent, Jobs: h.Jobs,
		Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy,
	})
	if err != nil {
		h.T.Fatal(err)
	}
	return Open(d)
}

// hostile is what somebody may have written into any field (class 13).
const hostile = "=cmd|' /C calc'!A0 </script><script>alert(1)</script><img src=x onerror=alert(2)>\r\nFrom evil\r\nBcc: x@y.example\r\n\r\nEND:VCARD\r\nEND:VCALENDAR\r\nBEGIN:VEVENT;\"\\,\u2028\u0000"

// ada has something in every table, all of it hostile.
func ada(h *dutytest.House) rights.Person {
	h.T.Helper()
	id := h.Accept()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.Subjects.Link(ctx, tx, id, subject.Email, "ada@circle.example")
	})
	member := h.Join(id, "ada@circle.example")
	h.Exec("update circle_member set name = $1 where id = $2", strings.ReplaceAll(hostile, "\u0000", ""), member)
	h.WriteLetter(member, strings.ReplaceAll(hostile, "\u0000", ""))
	h.WriteLetter(member, "From the beginning\nof time")
	h.Bill(id, h.Clock.Now())
	h.See(id, "/=1+1<script>", h.Clock.Now())
	return rights.Person{Subjects: []string{id}, Identifiers: []subject.Identifier{{Kind: subject.Email, Value: "ada@circle.example"}}}
}

func (p *Packer) bytes(h *dutytest.House, pkg Package) ([]byte, Summary) {
	h.T.Helper()
	var b bytes.Buffer
	s, err := p.Write(h.Ctx, &b, pkg)
	if err != nil {
		h.T.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	if s.Bytes != int64(b.Len()) || s.SHA256 != hex.EncodeToString(sum[:]) {
		h.T.Errorf("summary %+v of %d bytes", s, b.Len())
	}
	return b.Bytes(), s
}

func filesOf(t testing.TB, b []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(f.Name, "..") || strings.HasPrefix(f.Name, "/") || strings.Contains(f.Name, `\`) {
			t.Errorf("a file called %q", f.Name)
		}
	}
	return files
}

func TestPromise_MA13_APackageHoldsEverythingInEveryFormat(t *testing.T) {
	packers(t, func(h *dutytest.House, p *Packer) {
		person := ada(h)
		h.Hold(subject.Hold{Subject: person.Subjects[0], Activity: "circle"})
		b, sum := p.bytes(h, Package{Person: person, Right: rights.Access, Lang: "de", Letter: "Guten Tag,\n\n<b>hier</b> ist alles.", Case: "K-1"})
		files := filesOf(h.T, b)
		if len(files) != sum.Files {
			h.T.Errorf("%d files, the summary says %d", len(files), sum.Files)
		}
		listed(h.T, files)
		schema(h.T, files["data.json"])
		page(h.T, string(files["index.html"]))
		addressBook(h.T, files["contacts.vcf"])
		appointments(h.T, files["appointments.ics"])
		independent(h.T, files)
		spreadsheet(h.T, files)
		receipts := slices.DeleteFunc(slices.Collect(maps.Keys(files)), func(n string) bool { return !strings.HasPrefix(n, "receipts/") })
		if len(receipts) != 1 || !json.Valid(files[receipts[0]]) {
			h.T.Errorf("receipts: %v", receipts)
		}
		if unzip, err := exec.LookPath("unzip"); err == nil {
			name := filepath.Join(h.T.(*testing.T).TempDir(), "package.zip")
			if err := os.WriteFile(name, b, 0o600); err != nil {
				h.T.Fatal(err)
			}
			if out, err := exec.Command(unzip, "-t", name).CombinedOutput(); err != nil {
				h.T.Errorf("unzip: %s", out)
			}
		}
	})
}

// listed checks manifest.json: every file but itself, with its sum.
func listed(t testing.TB, files map[string][]byte) {
	t.Helper()
	var list struct {
		Case  string
		Files []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal(files["manifest.json"], &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Files) != len(files)-1 || list.Case != "K-1" {
		t.Errorf("manifest.json: %+v", list)
	}
	for _, f := range list.Files {
		if sum := sha256.Sum256(files[f.Name]); hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("the sum of %s is wrong", f.Name)
		}
	}
}

func schema(t testing.TB, data []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("data.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("data.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if err := s.Validate(v); err != nil {
		t.Error(err)
	}
}

func page(t testing.TB, html string) {
	t.Helper()
	for _, never := range []string{"<script", "<img", "<b>hier"} {
		if strings.Contains(html, never) {
			t.Errorf("the page holds %q", never)
		}
	}
	for _, has := range []string{"default-src &#39;none&#39;", "&lt;b&gt;hier&lt;/b&gt;", "Was in diesem Paket ist", "contacts.vcf", "Lesekreis", "Was zurzeit nicht gelöscht wird", "lawsuit 4 O 12/26"} {
		if !strings.Contains(html, has) {
			t.Errorf("the page does not hold %q", has)
		}
	}
}

func addressBook(t testing.TB, cards []byte) {
	t.Helper()
	d := vcard.NewDecoder(bytes.NewReader(cards))
	var mails []string
	for {
		card, err := d.Decode()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, cards)
		}
		if card.Value(vcard.FieldVersion) != "4.0" || card.Value(vcard.FieldFormattedName) == "" {
			t.Errorf("card: %v", card)
		}
		mails = append(mails, card.Values(vcard.FieldEmail)...)
	}
	if !slices.Contains(mails, "ada@circle.example") || slices.Contains(mails, "x@y.example") {
		t.Errorf("addresses: %v", mails)
	}
}

func appointments(t testing.TB, text []byte) {
	t.Helper()
	cal, err := ical.NewDecoder(bytes.NewReader(text)).Decode()
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if n := len(cal.Events()); n != 1 {
		t.Errorf("%d appointments", n)
	}
}

//go:embed readers.py
var script string

// independent has the files read by others: Python's readers of CSV and mbox, and,
// where they are installed, vobject (the one of Radicale) and icalendar.
func independent(t testing.TB, files map[string][]byte) {
	t.Helper()
	const python = "/usr/bin/python3" // the one that Debian's packages are for
	if _, err := os.Stat(python); err != nil {
		t.Logf("%s is missing: the files are read by Go alone", python)
		return
	}
	cmd := exec.Command(python, "-c", script)
	cmd.Dir = unpacked(t, files)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("python3: %s", out)
	}
	if len(out) > 0 {
		t.Log(string(out))
	}
}

// unpacked lays the files into a folder.
func unpacked(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.(*testing.T).TempDir()
	for name, b := range files {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// spreadsheet has Gnumeric read the tables, as they are and split at semicolons, as a
// German one does: it calculates nothing.
func spreadsheet(t testing.TB, files map[string][]byte) {
	t.Helper()
	ssconvert, err := exec.LookPath("ssconvert")
	if err != nil {
		t.Log("ssconvert (gnumeric) is missing: no spreadsheet reads the tables")
		return
	}
	for name, b := range files {
		if !strings.HasSuffix(name, ".csv") {
			continue
		}
		for _, split := range []string{",", ";"} {
			for _, cell := range gnumeric(t, ssconvert, strings.ReplaceAll(string(b), ",", split)) {
				if !strings.Contains(cell, "ValueType=") { // a formula has none
					t.Errorf("%s, split at %s: %s", name, split, cell)
				}
			}
		}
	}
	if cells := gnumeric(t, ssconvert, "a,b\r\n=1+1,2\r\n"); slices.ContainsFunc(cells, func(c string) bool { return strings.HasSuffix(c, ">=1+1") && !strings.Contains(c, "ValueType=") }) {
		return
	}
	t.Error("a formula is not seen as one: the reader proves nothing")
}

var gnumericCell = regexp.MustCompile(`<gnm:Cell [^>]*>[^<]*`)

// gnumeric returns the cells of a table as Gnumeric takes them.
func gnumeric(t testing.TB, ssconvert, table string) []string {
	t.Helper()
	dir := t.(*testing.T).TempDir()
	from, to := filepath.Join(dir, "table.csv"), filepath.Join(dir, "table.xml")
	if err := os.WriteFile(from, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(ssconvert, "-T", "Gnumeric_XmlIO:sax:0", from, to)
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ssconvert: %v: %s", err, out)
	}
	b, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return gnumericCell.FindAllString(string(b), -1)
}

// MC28: portability is what the person provided under consent or a contract, less
// than access.
func TestPromise_MC28_PortabilityIsWhatThePersonProvided(t *testing.T) {
	packers(t, func(h *dutytest.House, p *Packer) {
		person := ada(h)
		b, _ := p.bytes(h, Package{Person: person, Right: rights.Portability, Lang: "en"})
		files := filesOf(h.T, b)
		schema(h.T, files["data.json"])
		text := string(files["data.json"])
		for _, has := range []string{"ada@circle.example", "of time"} {
			if !strings.Contains(text, has) {
				h.T.Errorf("%q is missing", has)
			}
		}
		for _, never := range []string{"signed up: ", "4200"} {
			if strings.Contains(text, never) {
				h.T.Errorf("%q was derived, not provided", never)
			}
		}
		for name := range files {
			if strings.HasPrefix(name, "receipts/") {
				h.T.Errorf("%s is not what the person provided", name)
			}
		}
	})
}

func TestAPackageOfNothingSaysSo(t *testing.T) {
	packers(t, func(h *dutytest.House, p *Packer) {
		b, sum := p.bytes(h, Package{Person: rights.Person{Subjects: []string{store.NewID()}}, Right: rights.Access, Lang: "de"})
		files := filesOf(h.T, b)
		schema(h.T, files["data.json"])
		if sum.Rows != 0 || !strings.Contains(string(files["index.html"]), "Über Sie ist nichts gespeichert.") {
			h.T.Errorf("%+v: %s", sum, files["index.html"])
		}
	})
}

func TestAPackageIsEncryptedOnWish(t *testing.T) {
	packers(t, func(h *dutytest.House, p *Packer) {
		person := ada(h)
		key, err := age.GenerateX25519Identity()
		if err != nil {
			h.T.Fatal(err)
		}
		words, err := age.NewScryptIdentity("correct horse battery")
		if err != nil {
			h.T.Fatal(err)
		}
		for recipient, identity := range map[string]age.Identity{key.Recipient().String(): key, "correct horse battery": words} {
			b, _ := p.bytes(h, Package{Person: person, Right: rights.Access, Lang: "en", Recipient: recipient})
			if bytes.Contains(b, []byte("data.json")) {
				h.T.Error("the package lies open")
			}
			r, err := age.Decrypt(bytes.NewReader(b), identity)
			if err != nil {
				h.T.Fatal(err)
			}
			plain, err := io.ReadAll(r)
			if err != nil {
				h.T.Fatal(err)
			}
			schema(h.T, filesOf(h.T, plain)["data.json"])
			if identity == age.Identity(key) {
				decrypted(h.T, b, plain, key.String())
			}
		}
		for _, wrong := range []string{"age1nokey", "short"} {
			if _, err := p.Write(h.Ctx, io.Discard, Package{Person: person, Right: rights.Access, Recipient: wrong}); !fault.Is(err, fault.Invalid) {
				h.T.Errorf("recipient %q: %v", wrong, err)
			}
		}
	})
}

// decrypted has the tool age open a package.
func decrypted(t testing.TB, locked, want []byte, identity string) {
	t.Helper()
	tool, err := exec.LookPath("age")
	if err != nil {
		t.Log("age is missing: the package is opened by Go alone")
		return
	}
	dir := unpacked(t, map[string][]byte{"package.age": locked, "key.txt": []byte(identity + "\n")})
	cmd := exec.Command(tool, "--decrypt", "--identity", "key.txt", "package.age")
	cmd.Dir = dir
	if got, err := cmd.Output(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("age: %v, %d bytes of %d", err, len(got), len(want))
	}
}

func TestAPackageIsForSomebodyAndAnswersARight(t *testing.T) {
	packers(t, func(h *dutytest.House, p *Packer) {
		for _, pkg := range []Package{{Right: rights.Access}, {Right: rights.Erasure, Person: rights.Person{Subjects: []string{"x"}}}} {
			if _, err := p.Write(h.Ctx, io.Discard, pkg); !fault.Is(err, fault.Invalid) {
				h.T.Errorf("%+v: %v", pkg, err)
			}
		}
	})
}

// A person with many rows costs no more memory than one with few.
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("plants 40,000 rows")
	}
	packers(t, func(h *dutytest.House, p *Packer) {
		if h.DB.Dialect() != store.SQLite {
			return // what is read row by row is the same there
		}
		id := h.Subject("ada")
		member := h.Join(id, "ada@circle.example")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for range 40_000 {
				_, err := tx.ExecContext(ctx, "insert into circle_letter (id, member, body, at) values ($1, $2, $3, $4)", store.NewID(), member, strings.Repeat("long ", 100), 1)
				if err != nil {
					return err
				}
			}
			return nil
		})
		peak := &peak{}
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		sum, err := p.Write(h.Ctx, peak, Package{Person: rights.Person{Subjects: []string{id}}, Right: rights.Access, Lang: "en"})
		if err != nil {
			h.T.Fatal(err)
		}
		if grown := int64(peak.most) - int64(before.HeapAlloc); sum.Rows < 40_000 || grown > 16<<20 {
			h.T.Errorf("%d rows took %d MB", sum.Rows, grown>>20)
		}
	})
}

// peak watches the memory in use while it is written to.
type peak struct {
	most uint64
	n    int
}

func (p *peak) Write(b []byte) (int, error) {
	if p.n++; p.n%50 == 0 {
		runtime.GC()
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		p.most = max(p.most, now.HeapAlloc)
	}
	return len(b), nil
}
