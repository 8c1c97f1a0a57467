package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/policy"
)

// today is the day on which the tests check policies.
var today = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// base is a whole policy. An example brings the sections that it is about, the
// rest comes from here.
const base = `kept: 1
notice: {version: 2024-02-13, languages: [de, en], jurisdiction: DE}
controller:
  name: Musteragentur GmbH
  address: Musterstraße 1, 65183 Wiesbaden, DE
  email: privacy@agentur.example
  authority: {name: HBDI Hessen}
measures: [tls]
activities:
  access-log:
    purpose: essential.service.security
    basis: legitimate-interests
    interest: {de: Schutz vor Lastspitzen, en: protection against load peaks}
    data: [url, time]
    retention:
      - {from: collection, keep: 7 days, then: delete}
`

// onBase completes an example with the sections of base that it does not have.
func onBase(example string) string {
	have := map[string]bool{}
	for line := range strings.Lines(example) {
		if key, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") {
			have[key] = true
		}
	}
	whole, wanted := example, true
	for line := range strings.Lines(base) {
		if key, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") {
			wanted = !have[key]
		}
		if wanted {
			whole += line
		}
	}
	return whole
}

func codesOf(f policy.Findings) []string {
	var codes []string
	for _, x := range f {
		codes = append(codes, x.Code)
	}
	return codes
}

func TestTheBaseOfTheExamplesIsFine(t *testing.T) {
	if _, f := policy.Load("base.yaml", []byte(base), words(), today); len(f) > 0 {
		t.Fatal(f)
	}
}

// Every wrong example must be found under its code, and every right one must
// pass: an explanation that misleads would be worse than none.
func TestTheExamplesOfEveryCodeAreTrue(t *testing.T) {
	for _, e := range policy.Codes() {
		t.Run(e.Code, func(t *testing.T) {
			if e.Wrong == "" {
				t.Skip("an example would not be legible")
			}
			_, wrong := policy.Load("wrong.yaml", []byte(onBase(e.Wrong)), words(), today)
			if !slices.Contains(codesOf(wrong), e.Code) {
				t.Errorf("the wrong example is not found:\n%s\n%s", onBase(e.Wrong), wrong)
			}
			_, right := policy.Load("right.yaml", []byte(onBase(e.Right)), words(), today)
			if slices.Contains(codesOf(right), e.Code) || right.HasErrors() {
				t.Errorf("the right example is found:\n%s\n%s", onBase(e.Right), right)
			}
		})
	}
}

func TestEveryCodeIsExplained(t *testing.T) {
	last := ""
	for _, e := range policy.Codes() {
		if e.Code <= last {
			t.Errorf("%s stands behind %s", e.Code, last)
		}
		last = e.Code
		if e.Title == "" || e.Reason == "" || e.Remedy == "" || e.Severity == "" {
			t.Errorf("%s is not explained: %+v", e.Code, e)
		}
		if (e.Wrong == "") != (e.Right == "") {
			t.Errorf("%s has one example without the other", e.Code)
		}
		if got, ok := policy.Explain(e.Code); !ok || got != e {
			t.Errorf("Explain does not know %s", e.Code)
		}
	}
	if _, ok := policy.Explain("K999"); ok {
		t.Error("K999 is no code")
	}
}

func TestAnExplanationForPeople(t *testing.T) {
	e, _ := policy.Explain("K201")
	var b strings.Builder
	if err := e.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"error K201: Consent without a group", "why: ", "fix: ", "wrong:", "right:", "    activities:\n", "        group: statistics\n"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is missing in\n%s", part, b.String())
		}
	}
}
