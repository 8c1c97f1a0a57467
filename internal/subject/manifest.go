package subject

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

// Manifest declares the built-in activity "identity": who is who.
func Manifest() manifest.Manifest {
	return manifest.Manifest{Kind: policy.Kind{Name: "identity", BuiltIn: true}}
}
