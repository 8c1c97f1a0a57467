package taxonomy

import (
	"strings"
	"testing"
)

func TestEveryTermIsWhole(t *testing.T) {
	for name, terms := range map[string][]Term{"categories": categories, "uses": uses, "subjects": subjects, "measures": measures} {
		seen := map[string]bool{}
		for _, x := range terms {
			if seen[x.Key] {
				t.Errorf("%s: %s stands twice", name, x.Key)
			}
			seen[x.Key] = true
			if x.DE == "" || x.EN == "" {
				t.Errorf("%s: %s has no name in one language", name, x.Key)
			}
			if !strings.HasPrefix(x.DPV, "dpv:") && !strings.HasPrefix(x.DPV, "pd:") {
				t.Errorf("%s: %s has no DPV term", name, x.Key)
			}
			if i := strings.LastIndex(x.Key, "."); i > 0 && !seen[x.Key[:i]] {
				t.Errorf("%s: %s stands before what it lies below", name, x.Key)
			}
		}
		for _, x := range terms {
			if x.Stands != "" && !seen[x.Stands] {
				t.Errorf("%s: %s is exchanged as the unknown key %s", name, x.Key, x.Stands)
			}
		}
	}
	if len(subjects) < 15 || len(measures) < 10 || len(categories) < 80 || len(uses) < 40 {
		t.Errorf("%d categories, %d uses, %d subjects and %d measures are too few", len(categories), len(uses), len(subjects), len(measures))
	}
}

func TestATermIsFoundAndNamed(t *testing.T) {
	email, ok := Category("user.contact.email")
	if !ok || email.In("de") != "E-Mail-Adresse" || email.In("en") != "e-mail address" || email.IRI() != "https://w3id.org/dpv/pd#EmailAddress" {
		t.Errorf("%+v", email)
	}
	security, ok := Use("essential.security")
	if !ok || security.Fides() != "essential.service.security" || security.IRI() != "https://w3id.org/dpv#EnforceSecurity" {
		t.Errorf("%+v", security)
	}
	visitor, ok := Subject("visitor")
	if !ok || visitor.In("de") != "Besucher" || visitor.Fides() != "visitor" || visitor.IRI() != "https://w3id.org/dpv#Visitor" {
		t.Errorf("%+v", visitor)
	}
	tls, ok := Measure("tls")
	if !ok || tls.IRI() != "https://w3id.org/dpv#EncryptionInTransfer" {
		t.Errorf("%+v", tls)
	}
	if IsUse("user.contact.email") || IsCategory("essential") {
		t.Error("categories and uses are two taxonomies")
	}
}
