package dataset

import (
	"slices"
	"strings"

	"kept/internal/policy/source"
	"kept/internal/policy/taxonomy"
)

// Read reads a file of datasets. What it returns is whole only if no finding is
// a mistake.
func Read(file string, src []byte) ([]*Dataset, Findings) {
	r := &reader{file: file}
	var found []*Dataset
	if root := r.parse(src); root != nil {
		r.read(root, "the file", keys{
			"dataset": r.items("dataset", func(n *source.Node) {
				if d := r.dataset(n); d != nil {
					found = append(found, d)
				}
			}),
		})
		r.must(root, "the file", "dataset")
	}
	return found, r.findings.sorted()
}

func (r *reader) dataset(n *source.Node) *Dataset {
	d := &Dataset{At: n.Pos, File: r.file}
	var collections []*source.Node
	r.read(n, "a dataset", keys{
		"fides_key": r.text("fides_key", &d.Key), "name": r.text("name", &d.Name), "description": noted,
		"organization_fides_key": noted, "tags": noted, "meta": noted,
		"data_categories": r.words("data_categories", &d.Categories),
		"data_uses":       noted, "data_purposes": noted, "data_subjects": noted, "data_qualifier": noted,
		"joint_controller": noted, "retention": noted, "third_country_transfers": noted,
		"fides_meta": r.datasetMeta, "fidesops_meta": r.datasetMeta,
		"collections": r.items("collections", func(c *source.Node) { collections = append(collections, c) }),
	})
	if n.Kind != source.Map || !r.must(n, "a dataset", "fides_key", "collections") {
		return nil
	}
	for _, c := range collections { // after the dataset's own keys, wherever they stand
		r.collection(c, d)
	}
	r.categories(n.Pos, d.Categories)
	return d
}

// datasetMeta holds nothing that a traversal needs: after orders collections of
// other datasets, which their references do as well.
func (r *reader) datasetMeta(n *source.Node) {
	r.read(n, "fides_meta of a dataset", keys{"after": noted, "resource_id": noted, "namespace": noted, "redact": noted})
}

func (r *reader) collection(n *source.Node, d *Dataset) {
	c := &Collection{At: n.Pos, Dataset: d}
	var fields []*source.Node
	meta := func(n *source.Node) { r.collectionMeta(n, c) }
	r.read(n, "a collection", keys{
		"name": r.text("name", &c.Name), "description": noted,
		"data_categories": r.words("data_categories", &c.Categories),
		"data_uses":       noted, "data_purposes": noted, "data_subjects": noted, "data_qualifier": noted,
		"fides_meta": meta, "fidesops_meta": meta,
		"fields": r.items("fields", func(f *source.Node) { fields = append(fields, f) }),
	})
	if n.Kind != source.Map || !r.must(n, "a collection", "name", "fields") {
		return
	}
	if slices.ContainsFunc(d.Collections, func(x *Collection) bool { return x.Name == c.Name }) {
		r.report(n.Pos, "keep one of them", "dataset %s has two collections %s", d.Key, c.Name)
		return
	}
	for _, f := range fields {
		c.Fields = r.field(f, c, nil, c.Fields)
	}
	r.categories(n.Pos, c.Categories)
	d.Collections = append(d.Collections, c)
}

func (r *reader) collectionMeta(n *source.Node, c *Collection) {
	var strategy string
	r.read(n, "fides_meta of a collection", keys{
		"after": r.words("after", &c.After), "erase_after": r.words("erase_after", &c.EraseAfter),
		"skip_processing": r.truth("skip_processing", &c.Skip), "partitioning": noted, "redact": noted,
		"masking_strategy_override": func(n *source.Node) {
			r.read(n, "masking_strategy_override of a collection", keys{"strategy": r.oneOf("strategy", &strategy, deleteRow), "configuration": noted})
		},
	})
	c.Delete = strategy == deleteRow
}

// categories warns of words that the taxonomy lacks: a taxonomy may have been
// extended, and a misspelt word would make data impersonal.
func (r *reader) categories(at Pos, words []string) {
	for _, w := range words {
		if taxonomy.IsCategory(w) || w == "user" || w == "system" {
			continue
		}
		remedy := "data counts as a person's if its category begins with user"
		if i := strings.LastIndex(w, "."); i > 0 && taxonomy.IsCategory(w[:i]) {
			remedy = "it counts as " + w[:i]
		}
		r.warn(at, remedy, "the data category %s is not in the taxonomy", w)
	}
}
