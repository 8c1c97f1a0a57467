package sarif

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"kept/internal/policy"
)

// The address of the schema that the output follows, as OASIS publishes it.
const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// Write writes findings as one run of this version of Kept. Names of files are
// written as given: relative to the root of the repository, if a code host is to
// find them.
func Write(w io.Writer, version string, findings policy.Findings) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(logOf(version, findings)); err != nil {
		return fmt.Errorf("writing SARIF: %w", err)
	}
	return nil
}

func logOf(version string, findings policy.Findings) sarifLog {
	rules := rulesOf(findings)
	one := run{
		Tool:       tool{Driver: driver{Name: "Kept", SemanticVersion: semantic(version), Version: version, Rules: rules}},
		ColumnKind: "unicodeCodePoints",
		Results:    []result{},
	}
	for _, f := range findings {
		one.Results = append(one.Results, resultOf(f, rules))
	}
	return sarifLog{Schema: schema, Version: "2.1.0", Runs: []run{one}}
}

// rulesOf are the checks that found something, in the order of their codes.
func rulesOf(findings policy.Findings) []rule {
	rules := []rule{}
	for _, e := range policy.Codes() {
		if slices.ContainsFunc(findings, func(f policy.Finding) bool { return f.Code == e.Code }) {
			rules = append(rules, ruleOf(e))
		}
	}
	return rules
}

func ruleOf(e policy.Explanation) rule {
	text := fmt.Sprintf("%s\n\n%s\n", e.Reason, e.Remedy)
	shown := fmt.Sprintf("%s\n\n**Mend it:** %s\n", e.Reason, e.Remedy)
	if e.Wrong != "" {
		shown += fmt.Sprintf("\nWrong:\n\n```yaml\n%s```\n\nRight:\n\n```yaml\n%s```\n", e.Wrong, e.Right)
	}
	shown += fmt.Sprintf("\n`kept explain %s` tells the same.\n", e.Code)
	return rule{
		ID: e.Code, Name: nameOf(e.Title),
		Short: message{Text: e.Title}, Full: message{Text: e.Reason}, Help: help{Text: text, Markdown: shown},
		Configuration: configuration{Level: level(e.Severity)},
		Properties:    properties{Tags: []string{"privacy"}, Precision: "very-high", Severity: level(e.Severity)},
	}
}

// nameOf makes a title one word, as SARIF wants the name of a rule: UnknownKey.
func nameOf(title string) string {
	var name strings.Builder
	for _, word := range strings.FieldsFunc(title, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') }) {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String()
}

func resultOf(f policy.Finding, rules []rule) result {
	return result{
		RuleID: f.Code, RuleIndex: slices.IndexFunc(rules, func(r rule) bool { return r.ID == f.Code }),
		Level:        level(f.Severity),
		Message:      message{Text: linkless.Replace(sentence(f.Problem) + " " + f.Remedy)},
		Locations:    []location{{Physical: physical{Artifact: artifact{URI: uri(f.File)}, Region: regionOf(f)}}},
		Fingerprints: map[string]string{"kept/v1": fingerprint(f)},
	}
}

// linkless keeps words of a policy from being a link in the message: viewers make
// one of [text](address), SARIF 3.11.6.
var linkless = strings.NewReplacer("](", "] (")

// regionOf is the finding's place. A finding about the whole file stands in its
// first line, since code hosts show none without a line.
func regionOf(f policy.Finding) region {
	if f.Line == 0 {
		return region{StartLine: 1}
	}
	return region{StartLine: f.Line, StartColumn: f.Column, EndLine: f.Line, EndColumn: max(f.End, f.Column+1)}
}

// fingerprint recognises a finding after lines above it have moved.
func fingerprint(f policy.Finding) string {
	sum := sha256.Sum256([]byte(f.Code + "\x00" + f.File + "\x00" + f.Problem))
	return hex.EncodeToString(sum[:16])
}

func level(s policy.Severity) string {
	if s == policy.Warning {
		return "warning"
	}
	return "error"
}

func sentence(problem string) string { return strings.TrimRight(problem, ".") + "." }

// uri writes the name of a file as a relative address.
func uri(file string) string {
	name := filepath.ToSlash(file)
	if strings.HasPrefix(name, "/") {
		return (&url.URL{Scheme: "file", Path: name}).String()
	}
	return (&url.URL{Path: strings.TrimPrefix(name, "./")}).EscapedPath()
}

// semantic is the version without the v of its tag, "" if it is no version.
func semantic(version string) string {
	rest, tagged := strings.CutPrefix(version, "v")
	if !tagged || strings.Count(rest, ".") < 2 {
		return ""
	}
	return rest
}
