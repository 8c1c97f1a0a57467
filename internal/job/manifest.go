package job

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the queue's table.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: "job", BuiltIn: true, Title: policy.Text{"en": "Jobs", "de": "Aufträge"}},
		Tables: []manifest.Table{{
			Name: "job", About: "a piece of work that waits, runs or was set aside",
			Impersonal: "holds random ids, names and numbers, which Enqueue sees to; a row ends with its work",
			Columns: []manifest.Column{
				{Name: "id", Why: "names the job"},
				{Name: "kind", Why: "who does it"},
				{Name: "key", Null: true, Why: "keeps the same work from waiting twice"},
				{Name: "payload", Type: manifest.JSONType, Why: "ids of what the work is about"},
				{Name: "enqueued_at", Type: manifest.TimeType, Why: "when it was enqueued; of a periodic job, when its run was planned"},
				{Name: "due_at", Type: manifest.TimeType, Why: "when it runs; while it runs, when its lease ends"},
				{Name: "attempt", Type: manifest.IntType, Why: "how many attempts were begun"},
				{Name: "lease", Null: true, Why: "the worker that runs it, a random word"},
				{Name: "again_at", Type: manifest.TimeType, Null: true, Why: "when it is due once more, if it was enqueued while it ran"},
				{Name: "error", Why: "what went wrong last, in a short text without addresses"},
				{Name: "set_aside_at", Type: manifest.TimeType, Null: true, Why: "when it was given up"},
			},
		}},
	}
}
