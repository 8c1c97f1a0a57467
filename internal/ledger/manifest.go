package ledger

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the tables of the log.
func Manifest() manifest.Manifest {
	const nobody = "holds kinds, times, counts, hashes and keyed commitments; Append refuses anything else"
	return manifest.Manifest{
		Kind: policy.Kind{Name: "ledger", BuiltIn: true, Title: policy.Text{"en": "Log of proofs", "de": "Nachweisprotokoll"}},
		Tables: []manifest.Table{
			{
				Name: "ledger_pending", About: "a leaf that has no place in the tree yet", Impersonal: nobody,
				Columns: []manifest.Column{
					{Name: "id", Why: "names the leaf"},
					{Name: "entry", Type: manifest.JSONType, Why: "what happened, in canonical JSON"},
				},
			},
			{
				Name: "ledger_leaf", About: "a leaf in its place in the tree", Impersonal: nobody,
				Columns: []manifest.Column{
					{Name: "place", Type: manifest.IntType, Why: "its index, counted from 0"},
					{Name: "id", Why: "names the leaf"},
					{Name: "entry", Type: manifest.JSONType, Why: "what happened, in canonical JSON; the tree hashes its bytes"},
				},
			},
			{
				Name: "ledger_tile", About: "up to 256 hashes of the tree (C2SP tlog-tiles)", Impersonal: nobody,
				Columns: []manifest.Column{
					{Name: "level", Type: manifest.IntType, Why: "0 holds hashes of leaves, each further level roots of full tiles below"},
					{Name: "number", Type: manifest.IntType, Why: "counts the tiles of a level from the left"},
					{Name: "hashes", Type: manifest.BytesType, Why: "32 bytes each"},
				},
			},
			{
				Name: "ledger_count", About: "how many leaves of a kind are in the tree", Impersonal: nobody,
				Columns: []manifest.Column{
					{Name: "kind", Why: "what happened"},
					{Name: "leaves", Type: manifest.IntType, Why: "how often"},
				},
			},
			{
				Name: "ledger_checkpoint", About: "a signed head of the tree: the latest, the last of each hour, and what was published", Impersonal: nobody,
				Columns: []manifest.Column{
					{Name: "size", Type: manifest.IntType, Why: "how many leaves it covers"},
					{Name: "at", Type: manifest.TimeType, Why: "when it was signed"},
					{Name: "published", Type: manifest.BoolType, Why: "whether it left the house and so stays"},
					{Name: "note", Why: "the signed text (C2SP tlog-checkpoint)"},
				},
			},
		},
	}
}
