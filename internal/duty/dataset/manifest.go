package dataset

import (
	"embed"

	"kept/internal/manifest"
	"kept/internal/policy"
)

//go:embed migrations/*.sql
var files embed.FS

// Name is the room's name.
const Name = "dataset"

// Manifest declares the room's own tables. What they hold of a person is sealed
// under a key of the erasure, which is destroyed when it ends.
func Manifest() manifest.Manifest {
	return manifest.Manifest{
		Kind: policy.Kind{Name: Name, BuiltIn: true, Title: policy.Text{"en": "Other systems", "de": "Andere Systeme"}},
		Tables: []manifest.Table{
			{
				Name: "dataset_erasure", About: "an erasure in other systems that is under way, or is done",
				Impersonal: "names a case and says how far its erasure is; nothing says whose",
				Columns: []manifest.Column{
					{Name: "id", Why: "names the case"},
					{Name: "state", Why: "how far it is"},
					{Name: "begun_at", Type: manifest.TimeType, Why: "when it began"},
					{Name: "done", Type: manifest.JSONType, Why: "what was done, by count"},
				},
			},
			{
				Name: "dataset_tuple", About: "by which values rows are found that an erasure still has to take",
				Impersonal: "the values are sealed under a key of the erasure, which is destroyed when it ends",
				Columns: []manifest.Column{
					{Name: "erasure", Why: "the erasure that it belongs to"},
					{Name: "number", Type: manifest.IntType, Why: "tells batches apart"},
					{Name: "way", Why: "which reference leads there"},
					{Name: "content", Type: manifest.BytesType, Class: manifest.Sealed, Why: "the values"},
				},
			},
		},
	}
}
