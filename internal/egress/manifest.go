package egress

import (
	"embed"
	"io/fs"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the room's tables.
func Migrations() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Manifest declares the room's tables.
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: policy.Kind{Name: "egress", BuiltIn: true}}
}
