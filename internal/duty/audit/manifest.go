package audit

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the room's tables.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: "audit", BuiltIn: true, Title: policy.Text{"en": "Audits", "de": "Prüfungen"}},
		Tables: []manifest.Table{{
			Name: "audit_run", About: "an audit and its verdicts", Impersonal: "holds counts and verdicts",
			Columns: []manifest.Column{
				{Name: "id", Why: "names the audit"},
				{Name: "at", Type: manifest.TimeType, Why: "when it was done"},
				{Name: "took_ms", Type: manifest.IntType, Why: "how long it took"},
				{Name: "policy", Why: "content hash of the policy it was checked against"},
				{Name: "verdict", Why: "the worst of the nine"},
				{Name: "findings", Type: manifest.IntType, Why: "how many"},
				{Name: "guarantees", Type: manifest.JSONType, Why: "the verdict of each of the nine"},
				{Name: "leaf", Why: "the ledger's leaf about it"},
				{Name: "serving", Type: manifest.BoolType, Why: "whether the serving process made it, which sees the site"},
			},
		}, {
			Name: "audit_report", About: "what an audit counted and found", Impersonal: "holds counts, and names of tables, rules, recipients, hosts and cookies; deleted after a year",
			Columns: []manifest.Column{
				{Name: "id", Why: "names the audit"},
				{Name: "at", Type: manifest.TimeType, Why: "when it was done; a year later the row is deleted"},
				{Name: "report", Type: manifest.JSONType, Why: "its checks and findings, as they were told"},
			},
		}},
	}
}
