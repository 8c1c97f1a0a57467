package sarif_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kept/internal/policy"
	"kept/internal/policy/sarif"
)

// published is the schema of SARIF 2.1.0 as OASIS publishes it.
func published(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func write(t *testing.T, findings policy.Findings) (string, any) {
	t.Helper()
	var b bytes.Buffer
	if err := sarif.Write(&b, "v1.2.3", findings); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), value
}

// Viewers make a link of [text](address) in a message.
func TestWordsOfAPolicyAreNoLink(t *testing.T) {
	got, _ := write(t, policy.Findings{{Code: "K114", Severity: policy.Mistake, File: "p.yaml", Problem: `the unknown key "[log in](https://evil.example)"`, Remedy: "x"}})
	if strings.Contains(got, "](") || !strings.Contains(got, "log in") {
		t.Error(got)
	}
}

// Whatever a check can find is written as the published schema wants it.
func TestTheOutputFollowsTheSchema(t *testing.T) {
	schema := published(t)
	files, err := filepath.Glob("../testdata/wrong/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	var all policy.Findings
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, findings := policy.Load(file, src, policy.Vocabulary{}, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
		all = append(all, findings...)
	}
	for _, e := range policy.Codes() {
		all = append(all, policy.Finding{Code: e.Code, Severity: e.Severity, File: "a b/policy.yaml", Problem: e.Title, Remedy: e.Remedy})
	}
	for _, findings := range []policy.Findings{nil, all} {
		if _, value := write(t, findings); schema.Validate(value) != nil {
			t.Error(schema.Validate(value))
		}
	}
	_, broken := write(t, nil)
	broken.(map[string]any)["runs"] = "none"
	if schema.Validate(broken) == nil {
		t.Error("the schema takes anything")
	}
}

// GitHub shows a result by its rule's texts, its level and its place.
func TestAResultHasWhatACodeHostShows(t *testing.T) {
	src := "kept: 1\nnotice: {version: 2024-02-13, langauges: [de]}\n"
	_, findings := policy.Load("./policies/überall.yaml", []byte(src), policy.Vocabulary{}, time.Time{})
	text, _ := write(t, findings)
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					SemanticVersion string
					Rules           []struct {
						ID, Name         string
						ShortDescription struct{ Text string }
						Help             struct{ Text, Markdown string }
					}
				}
			}
			ColumnKind string
			Results    []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
					}
				}
				PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != len(findings) || run.ColumnKind != "unicodeCodePoints" || run.Tool.Driver.SemanticVersion != "1.2.3" {
		t.Fatalf("%+v", run)
	}
	seen := false
	for _, r := range run.Results {
		rule := run.Tool.Driver.Rules[r.RuleIndex]
		place := r.Locations[0].PhysicalLocation
		if rule.ID != r.RuleID || rule.ShortDescription.Text == "" || !strings.Contains(rule.Help.Markdown, "kept explain "+r.RuleID) || r.Level == "" {
			t.Errorf("%s has no rule: %+v", r.RuleID, rule)
		}
		if place.ArtifactLocation.URI != "policies/%C3%BCberall.yaml" || place.Region.StartLine == 0 || len(r.PartialFingerprints) == 0 {
			t.Errorf("place %+v", place)
		}
		if r.RuleID == "K114" {
			seen = true
			if place.Region.StartLine != 2 || place.Region.StartColumn != 31 || place.Region.EndColumn != 40 {
				t.Errorf("the unknown key stands at %+v", place.Region)
			}
		}
	}
	if !seen {
		t.Error("the unknown key is not found")
	}
}

// The fingerprint stays when lines above move.
func TestAFindingIsRecognisedAfterALineAboveIt(t *testing.T) {
	prints := func(src string) string {
		_, findings := policy.Load("p.yaml", []byte(src), policy.Vocabulary{}, time.Time{})
		text, _ := write(t, findings)
		_, rest, _ := strings.Cut(text, `"kept/v1": `)
		return rest[:40]
	}
	if prints("kept: 2\n") != prints("# new\nkept: 2\n") {
		t.Error("the fingerprint follows the line")
	}
}
