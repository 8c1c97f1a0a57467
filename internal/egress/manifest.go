package egress

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the room's own table.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: "egress", BuiltIn: true, Title: policy.Text{"en": "Outbound connections", "de": "Ausgehende Verbindungen"}},
		Tables: []manifest.Table{{
			Name: "egress_refusal", About: "connections that were not let out, counted", Impersonal: "counts host names, never a person",
			Columns: []manifest.Column{
				{Name: "recipient", Why: "for whom the connection was asked"},
				{Name: "host", Why: "where to, a host name"},
				{Name: "reason", Why: "what forbade it"},
				{Name: "first_at", Type: manifest.TimeType, Why: "when it was first refused"},
				{Name: "last_at", Type: manifest.TimeType, Why: "when it was last refused"},
				{Name: "count", Type: manifest.IntType, Why: "how often"},
			},
		}},
	}
}
