package vault

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Manifest declares the tables of the keys. They lie in a database of their
// own, not beside the data.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: "vault", BuiltIn: true, Title: policy.Text{"en": "Keys", "de": "Schlüssel"}},
		Tables: []manifest.Table{
			{
				Name: "vault_master", About: "a generation of the master key, without the key",
				Impersonal: "holds proof that a master key fits, nothing of a person",
				Columns: []manifest.Column{
					{Name: "generation", Type: manifest.IntType, Why: "counts rotations"},
					{Name: "proof", Type: manifest.BytesType, Why: "a known text under the master key: a wrong one is found at start"},
					{Name: "previous", Type: manifest.BytesType, Null: true, Why: "the master key before, under this one, while a rotation lasts"},
				},
			},
			{
				Name: "vault_key", About: "a data key of one subject and retention rule, wrapped by the master key",
				Impersonal: "holds random ids and keys; the row is what erasure destroys",
				Columns: []manifest.Column{
					{Name: "subject", Why: "the random id of whose data it seals"},
					{Name: "rule", Why: "the retention rule with which the key ends"},
					{Name: "generation", Type: manifest.IntType, Why: "which master key wraps it"},
					{Name: "wrapped", Type: manifest.BytesType, Why: "the key"},
				},
			},
			{
				Name: "vault_secret", About: "a random secret of the instance, wrapped by the master key",
				Impersonal: "belongs to the instance",
				Columns: []manifest.Column{
					{Name: "name", Why: "what the secret is for"},
					{Name: "generation", Type: manifest.IntType, Why: "which master key wraps it"},
					{Name: "wrapped", Type: manifest.BytesType, Why: "the secret"},
				},
			},
			{
				Name: "vault_change", About: "one row that tells other processes to forget their keys",
				Impersonal: "holds a counter",
				Columns: []manifest.Column{
					{Name: "destroyed", Type: manifest.IntType, Why: "counts the commits that destroyed keys"},
				},
			},
		},
	}
}
