package register_test

import (
	"bytes"
	"encoding/csv"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/app"
	"kept/internal/duty/register"
	"kept/internal/i18n"
	"kept/internal/policy"
)

// day is when the policies of the tests are checked.
var day = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

const whole = "testdata/whole.yaml"

func source(t testing.TB, file string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// load reads a policy. One that a test has cut may have findings; it is read as
// far as it goes.
func load(t testing.TB, src string) *policy.Policy {
	t.Helper()
	p, findings := policy.Load("policy.yaml", []byte(src), app.Vocabulary(), day)
	if p == nil {
		t.Fatal(findings)
	}
	return p
}

// policies are the one that says everything and the examples.
func policies(t testing.TB) map[string]*policy.Policy {
	t.Helper()
	files, err := filepath.Glob("../../../examples/*/policy.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	found := map[string]*policy.Policy{}
	for _, f := range append(files, whole) {
		found[filepath.Base(filepath.Dir(f))] = load(t, source(t, f))
	}
	return found
}

// each runs f for every policy in both languages.
func each(t *testing.T, f func(t *testing.T, p *policy.Policy, r *register.Record)) {
	for name, p := range policies(t) {
		for _, lang := range i18n.Languages() {
			t.Run(name+"/"+lang, func(t *testing.T) { f(t, p, register.Build(p, lang)) })
		}
	}
}

func written(t testing.TB, r *register.Record, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var tag = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)

// plain is what a format says, without its marks.
func plain(t testing.TB, r *register.Record, format string) string {
	t.Helper()
	text := written(t, r, format)
	switch format {
	case register.HTML, register.SVG:
		text = html.UnescapeString(tag.ReplaceAllString(text, " "))
	case register.CSV:
		lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, line := range lines {
			b.WriteString(strings.Join(line, "\n") + "\n")
		}
		text = b.String()
	case register.JSON, register.JSONLD:
		text = unescaped(text)
	}
	return text
}

// unescaped takes the escapes of JSON out of text.
func unescaped(text string) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\"`, `"`, `\n`, "\n").Replace(text)
}

// said collects what a policy names, in words of lang as the record has them.
func said(p *policy.Policy, lang string) []string {
	var all []string
	add := func(words ...string) {
		for _, w := range words {
			if w != "" {
				all = append(all, strings.Join(strings.Fields(w), " "))
			}
		}
	}
	c := p.Controller
	add(c.Name, c.Address, c.Email, c.Phone, p.Notice.Version, p.Hash)
	for _, r := range p.Recipients {
		add(r.Name, r.Category.In(lang), i18n.Country(r.Country, lang))
		for _, t := range r.Transfers {
			add(i18n.Country(t.To, lang), t.Framework, t.Copy)
		}
	}
	for _, s := range p.Services {
		add(s.Key, s.Name.In(lang))
		for _, ref := range s.Data {
			for _, f := range policy.LoadFields() {
				if f.Name == ref.Name {
					add(f.Title.In(lang), f.Category)
				}
			}
		}
	}
	for i := range p.Activities {
		a := &p.Activities[i]
		add(a.Key, a.Title.In(lang), i18n.Law(a.Law, lang), a.Interest.In(lang), a.OnBehalfOf.In(lang), a.Origin.In(lang))
		for _, g := range a.Also {
			add(g.For.In(lang), g.Interest.In(lang), i18n.Law(g.Law, lang))
		}
		for _, f := range a.Words().Fields {
			if a.Has(f.Name) {
				add(f.Title.In(lang), f.Category)
			}
		}
		for _, r := range a.Retention {
			add(r.Keep.String(), strings.TrimSuffix(r.Reason.In(lang), "."))
		}
	}
	for _, m := range p.Measures {
		add(m.Title.In(lang))
	}
	for _, d := range p.Holds {
		add(d.Reason.In(lang), i18n.Law(d.Law, lang))
	}
	return all
}

// Nothing that a policy names is missing in a record of it.
func TestNothingOfAPolicyIsMissing(t *testing.T) {
	each(t, func(t *testing.T, p *policy.Policy, r *register.Record) {
		words := said(p, r.Language)
		for _, format := range []string{register.JSON, register.CSV, register.HTML} {
			text := plain(t, r, format)
			if format != register.JSON { // dates stand in words there
				text += p.Notice.Version
			}
			text = strings.Join(strings.Fields(text), " ")
			for _, w := range words {
				if !strings.Contains(text, w) && !missingByDesign(format, w, p) {
					t.Errorf("%s does not say %q", format, w)
				}
			}
		}
	})
}

// missingByDesign: keys of entries stand in the formats for programs only.
func missingByDesign(format, word string, p *policy.Policy) bool {
	return format == register.HTML && (p.Activity(word) != nil || p.Service(word) != nil)
}

// Whatever may lie on a visitor's device is named, with how long it lasts.
func TestTerminalStorageIsNamed(t *testing.T) {
	each(t, func(t *testing.T, p *policy.Policy, r *register.Record) {
		cookies := slices.Clone(p.Cookies)
		for _, a := range p.Activities {
			cookies = append(cookies, a.Cookies...)
		}
		for _, s := range p.Services {
			cookies = append(cookies, s.Cookies...)
		}
		if len(r.Storage) != len(cookies) {
			t.Errorf("%d of %d", len(r.Storage), len(cookies))
		}
		page := plain(t, r, register.HTML)
		for _, c := range cookies {
			if !strings.Contains(page, c.Name) || !c.Session && !strings.Contains(page, c.Lifetime.In(r.Language)) {
				t.Errorf("%s, which lasts %s, is missing", c.Name, c.Lifetime)
			}
		}
	})
}

// A period that runs on to the end of the year ends there: it does not begin there,
// which for half a year would be another day.
func TestAPeriodToTheEndOfTheYearEndsThere(t *testing.T) {
	src := source(t, "../../../examples/alleherzen/policy.yaml")
	half := strings.Replace(src, "from: contract-end, keep: 3 years, until: end-of-year", "from: contract-end, keep: 6 months, until: end-of-year", 1)
	if half == src {
		t.Fatal("the policy has no such rule")
	}
	for lang, want := range map[string]string{"de": "6 Monate, dann bis zum Ende des Kalenderjahres", "en": "6 months, then until the end of the calendar year"} {
		if got := plain(t, register.Build(load(t, half), lang), register.CSV); !strings.Contains(got, want) {
			t.Errorf("the record does not say %q", want)
		}
	}
}

// The same policy gives the same bytes, in every format.
func TestTheSamePolicyGivesTheSameBytes(t *testing.T) {
	src := source(t, whole)
	for _, format := range register.Formats() {
		first := written(t, register.Build(load(t, src), "de"), format)
		if first != written(t, register.Build(load(t, src), "de"), format) {
			t.Errorf("%s differs from one time to the next", format)
		}
	}
}

// No format shows a key where words are missing.
func TestEveryWordOfTheRecordExists(t *testing.T) {
	each(t, func(t *testing.T, _ *policy.Policy, r *register.Record) {
		for _, format := range []string{register.JSON, register.HTML, register.SVG, register.CSV, register.JSONLD} {
			if at := strings.Index(plain(t, r, format), "register."); at >= 0 {
				t.Errorf("%s shows a key: %.60s", format, plain(t, r, format)[at:])
			}
		}
		for _, sheet := range r.Sheets() {
			for _, head := range append(sheet.Head, sheet.Title) {
				if strings.HasPrefix(head, "register.") {
					t.Errorf("sheet %s shows the key %s", sheet.Key, head)
				}
			}
		}
	})
}

func TestAnUnknownFormatIsRefused(t *testing.T) {
	if err := register.Build(load(t, source(t, whole)), "en").Write(&bytes.Buffer{}, "docx"); err == nil {
		t.Error("a format that does not exist was written")
	}
}
