package examples_test

import (
	"encoding/csv"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/examples"
	"kept/internal/app"
	"kept/internal/duty/notice"
	"kept/internal/policy"
)

// systems are the five, each with its folder's name.
var systems = []string{"alleherzen", "conference-tools", "contactsync", "m365connect", "mailissa"}

// today is a day on which every transfer was checked within the year.
var today = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// each runs f for every example's policy, which passes without a warning.
func each(t *testing.T, f func(t *testing.T, system string, p *policy.Policy)) {
	t.Helper()
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			file := path.Join(system, "policy.yaml")
			src, err := fs.ReadFile(examples.Files, file)
			if err != nil {
				t.Fatal(err)
			}
			p, findings := policy.Load(file, src, app.Vocabulary(), today)
			if len(findings) > 0 {
				t.Fatal(findings)
			}
			f(t, system, p)
		})
	}
}

// Every example passes strictly, and its notice names every activity, service
// and recipient in both languages.
func TestEveryExamplePassesAndIsPublished(t *testing.T) {
	each(t, func(t *testing.T, _ string, p *policy.Policy) {
		for _, lang := range []string{"de", "en"} {
			n := notice.Build(p, lang)
			text := strings.Join(strings.Fields(n.Text()), " ")
			names := notice.NewNames(p, lang)
			says := func(what, name string) {
				if name == "" || !strings.Contains(text, strings.Join(strings.Fields(name), " ")) {
					t.Errorf("%s: the notice does not name %s %q", lang, what, name)
				}
			}
			says("the controller", p.Controller.Name)
			for _, a := range p.Activities {
				says("activity "+a.Key, names.Activity(&a))
			}
			for _, s := range p.Services {
				says("service "+s.Key, names.Service(&s))
			}
			for _, r := range p.Recipients {
				says("recipient "+r.Key, r.Name)
			}
			if n.HTML() == "" || n.Markdown() == "" {
				t.Errorf("%s: the notice has no page or no Markdown", lang)
			}
		}
	})
}

var (
	comment = regexp.MustCompile(`(?m)(?:^|\s)#(.*)$`)
	id      = regexp.MustCompile(`\b[A-Z]{2}[0-9]{2}\b`)
)

// Each promise of a system stands in a comment at the entry that keeps it, and
// no other system's does.
func TestEveryPromiseIsNamedWhereItIsKept(t *testing.T) {
	promised := promises(t)
	each(t, func(t *testing.T, system string, p *policy.Policy) {
		var named []string
		for _, c := range comment.FindAllSubmatch(p.Source, -1) {
			named = append(named, id.FindAllString(string(c[1]), -1)...)
		}
		for _, want := range promised[system] {
			if !slices.Contains(named, want) {
				t.Errorf("no comment names %s", want)
			}
		}
		for _, name := range named {
			if !slices.Contains(promised[system], name) {
				t.Errorf("%s is no promise of this system", name)
			}
		}
	})
}

// promises are the ids in docs/promises.csv, by system.
func promises(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open("../docs/promises.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, line := range lines[1:] {
		found[line[1]] = append(found[line[1]], line[0])
	}
	for system := range found {
		if !slices.Contains(systems, system) {
			t.Errorf("there is no example for %s", system)
		}
	}
	return found
}

// The examples reach nobody: what they load, connect to or write to lies below
// .example. Only links for people to read, as to a provider's own notice, lead
// out.
func TestExamplesReachNobody(t *testing.T) {
	fictitious := func(t *testing.T, what, host string) {
		t.Helper()
		if host != "" && !strings.HasSuffix(host, ".example") {
			t.Errorf("%s is %s, which may be real", what, host)
		}
	}
	each(t, func(t *testing.T, _ string, p *policy.Policy) {
		fictitious(t, "the controller's mail", p.Controller.Email)
		fictitious(t, "the officer's mail", p.Controller.Officer.Email)
		fictitious(t, "the controller's site", p.Controller.URL)
		for _, s := range p.Services {
			for _, h := range s.Hosts {
				fictitious(t, "a host of service "+s.Key, h)
			}
		}
		for _, r := range p.Recipients {
			for _, h := range r.Hosts {
				fictitious(t, "a host of recipient "+r.Key, h)
			}
		}
	})
}

// What a page of an example loads from elsewhere, its policy declares, but for
// the one thing that shows drift.
func TestPagesLoadWhatIsDeclared(t *testing.T) {
	const drift = "seal.award.example"
	loads := regexp.MustCompile(`<(?:script|iframe|img|link)[^>]*(?:src|href)="https?://([^/"]+)`)
	each(t, func(t *testing.T, system string, p *policy.Policy) {
		for file, content := range pages(t, system) {
			for _, m := range loads.FindAllStringSubmatch(content, -1) {
				declared := slices.ContainsFunc(p.Services, func(s policy.Service) bool { return slices.Contains(s.Hosts, m[1]) })
				if !declared && m[1] != drift {
					t.Errorf("%s loads from %s", file, m[1])
				}
			}
		}
	})
}

// pages are the files of an example's site.
func pages(t *testing.T, system string) map[string]string {
	t.Helper()
	found := map[string]string{}
	site := path.Join(system, "site")
	if _, err := fs.Stat(examples.Files, site); err != nil {
		return found // not every system has one
	}
	err := fs.WalkDir(examples.Files, site, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) == ".pdf" {
			return err
		}
		content, err := fs.ReadFile(examples.Files, file)
		found[file] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A dataset that a policy names lies beside it.
func TestNamedDatasetsAreThere(t *testing.T) {
	each(t, func(t *testing.T, system string, p *policy.Policy) {
		for _, a := range p.Activities {
			if a.Dataset == "" {
				continue
			}
			if _, err := fs.Stat(examples.Files, path.Join(system, a.Dataset)); err != nil {
				t.Errorf("activity %s: %v", a.Key, err)
			}
		}
	})
}
