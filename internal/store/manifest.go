package store

import (
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Manifest declares the room's own table.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: "store", BuiltIn: true, Title: policy.Text{"en": "Storage", "de": "Speicherung"}},
		Tables: []manifest.Table{{
			Name: "store_migration", About: "a schema change that ran", Impersonal: "holds names and hashes of files of the program",
			Columns: []manifest.Column{
				{Name: "room", Why: "whose tables"},
				{Name: "name", Why: "which file"},
				{Name: "hash", Why: "its SHA-256, so that a rewritten migration is found"},
			},
		}},
	}
}
