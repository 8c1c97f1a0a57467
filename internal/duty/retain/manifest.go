package retain

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the room's tables. But for whom a rule restricted, and whose
// data is kept against a withdrawal, they hold counts, rules and times.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: "retain", BuiltIn: true, Title: policy.Text{"en": "Retention runs", "de": "Löschläufe"}},
		Tables: []manifest.Table{
			{
				Name: "retain_run", About: "a retention run, or a plan that waits for a person",
				Impersonal: "holds counts by rule and table; who confirmed is the operator's own record of a decision",
				Columns: []manifest.Column{
					{Name: "id", Why: "names the run"},
					{Name: "state", Why: "waiting, confirmed, rejected, overtaken, superseded, running, interrupted or done"},
					{Name: "kind", Why: "run or take-over"},
					{Name: "policy", Why: "content hash of the policy that it was planned from"},
					{Name: "next_policy", Null: true, Why: "content hash of the policy that a take-over is about"},
					{Name: "planned_at", Type: manifest.TimeType, Why: "when it was planned"},
					{Name: "finished_at", Type: manifest.TimeType, Null: true, Why: "when it ended"},
					{Name: "plan", Type: manifest.JSONType, Why: "what was due, in counts"},
					{Name: "done", Type: manifest.JSONType, Null: true, Why: "what went, in counts"},
					{Name: "decided_by", Null: true, Why: "the account that confirmed or rejected"},
					{Name: "leaf", Null: true, Why: "the ledger's leaf about it"},
					{Name: "task", Why: "the rule and the table that a plan is about; empty for all of them"},
				},
			},
			{
				Name: "retain_schedule", About: "when a rule last swept a table, and what it will find next",
				Impersonal: "holds counts by rule and table",
				Columns: []manifest.Column{
					{Name: "rule", Why: "the rule's id"},
					{Name: "subject_table", Why: "the table"},
					{Name: "swept_at", Type: manifest.TimeType, Null: true, Why: "the last sweep"},
					{Name: "foreseen", Type: manifest.IntType, Why: "rows that reach their time by the next sweep"},
				},
			},
			{
				Name: "retain_rule_history", About: "a rule that was in force and goes on for data collected before its successor",
				Impersonal: "holds rules of published policies",
				Columns: []manifest.Column{
					{Name: "activity", Why: "whose rule"},
					{Name: "rule", Why: "its id"},
					{Name: "terms", Type: manifest.JSONType, Why: "data, moment, period and action"},
					{Name: "since", Type: manifest.TimeType, Why: "when another took its place: it holds for what was collected before"},
				},
			},
			{
				Name: "retain_restriction", About: "a person whose data a rule restricted, so that another may still delete it", Subject: "subject",
				Columns: []manifest.Column{
					{Name: "subject", Why: "whose data"},
					{Name: "rule", Why: "which rule"},
					{Name: "at", Type: manifest.TimeType, Why: "when"},
				},
			},
			{
				Name: "retain_owed", About: "a person whose data a hold or a restriction keeps although the consent to it was withdrawn", Subject: "subject",
				Columns: []manifest.Column{
					{Name: "subject", Why: "whose data"},
					{Name: "activity", Why: "which activity holds it"},
					{Name: "at", Type: manifest.TimeType, Why: "since when it is kept"},
				},
			},
			{
				Name: "retain_told", About: "a row of which a person was told that it is going to end", Subject: "subject",
				Columns: []manifest.Column{
					{Name: "rule", Why: "which rule"},
					{Name: "subject_table", Why: "the table"},
					{Name: "row_key", Why: "the row"},
					{Name: "subject", Why: "who was told"},
					{Name: "counted_at", Type: manifest.TimeType, Why: "the moment that was announced"},
					{Name: "told_at", Type: manifest.TimeType, Why: "when"},
				},
			},
			{
				Name: "retain_lease", About: "which process runs retention now",
				Impersonal: "holds the name of a run and one time",
				Columns: []manifest.Column{
					{Name: "id", Type: manifest.IntType, Why: "always 1"},
					{Name: "owner", Why: "names the one that runs, or ran last"},
					{Name: "until_at", Type: manifest.TimeType, Why: "until when others leave it alone"},
				},
			},
			{
				Name: "retain_clock", About: "when retention last ran",
				Impersonal: "holds one time",
				Columns: []manifest.Column{
					{Name: "id", Type: manifest.IntType, Why: "always 1"},
					{Name: "at", Type: manifest.TimeType, Why: "the last run, with something to do or without"},
				},
			},
		},
	}
}
