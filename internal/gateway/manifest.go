package gateway

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the room's table.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: "gateway", BuiltIn: true, Title: policy.Text{"en": "Gateway", "de": "Gateway"}},
		Tables: []manifest.Table{{
			Name: "gateway_drift", About: "something that a page of the site uses and that was held back",
			Impersonal: "counts over all visitors: a host or cookie of the site, and the path of a page that it has; " +
				"of the cookies that visitors send only what the policy calls them; deleted 30 days after it was last seen",
			Columns: []manifest.Column{
				{Name: "name", Why: "the host, the name of a cookie that the site sets, or the policy's name for one that a browser sends"},
				{Name: "element", Why: "what asked for it"},
				{Name: "page", Why: "the path of a page that does and that the site answered, without query, 300 bytes of it"},
				{Name: "service", Why: "the entry that declares it, empty if none does"},
				{Name: "first_seen", Type: manifest.TimeType, Why: "when it was first held back"},
				{Name: "last_seen", Type: manifest.TimeType, Why: "when it was last held back; 30 days later the row is deleted"},
				{Name: "count", Type: manifest.IntType, Why: "how often"},
			},
		}},
	}
}
