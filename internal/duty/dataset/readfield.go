package dataset

import (
	"slices"
	"strings"

	"kept/internal/policy/source"
)

// field reads a field and appends it to its siblings.
func (r *reader) field(n *source.Node, c *Collection, parent []string, siblings []*Field) []*Field {
	f := &Field{At: n.Pos, Collection: c}
	var name string
	var fields []*source.Node
	meta := func(n *source.Node) { r.fieldMeta(n, f) }
	r.read(n, "a field", keys{
		"name": r.text("name", &name), "description": noted,
		"data_categories": r.words("data_categories", &f.Categories),
		"data_uses":       noted, "data_purposes": noted, "data_subjects": noted, "data_qualifier": noted, "retention": noted,
		"fides_meta": meta, "fidesops_meta": meta,
		"fields": r.items("fields", func(f *source.Node) { fields = append(fields, f) }),
	})
	if n.Kind != source.Map || !r.must(n, "a field", "name") {
		return siblings
	}
	if slices.ContainsFunc(siblings, func(x *Field) bool { return x.Path[len(x.Path)-1] == name }) {
		r.report(n.Pos, "keep one of them", "collection %s has two fields %s", c.Name, name)
		return siblings
	}
	f.Path = append(slices.Clone(parent), name)
	for _, x := range fields {
		f.Fields = r.field(x, c, f.Path, f.Fields)
	}
	r.checkField(f)
	return append(siblings, f)
}

func (r *reader) fieldMeta(n *source.Node, f *Field) {
	var typ, custom string
	r.read(n, "fides_meta of a field", keys{
		"primary_key": r.truth("primary_key", &f.Key), "identity": r.text("identity", &f.Identity),
		"custom_request_field": r.text("custom_request_field", &custom),
		"data_type":            r.text("data_type", &typ), "length": r.number("length", &f.Length),
		"read_only": r.truth("read_only", &f.ReadOnly), "return_all_elements": r.truth("return_all_elements", &f.Whole),
		"references":                r.items("references", func(n *source.Node) { r.reference(n, f) }),
		"masking_strategy_override": func(n *source.Node) { f.Mask = r.mask(n) },
		"redact":                    noted,
		"kept":                      func(n *source.Node) { r.marks(n, f) },
	})
	if f.Identity == "" {
		f.Identity = custom
	}
	f.Type, f.List = strings.CutSuffix(typ, "[]")
	if known := []string{"", "string", "integer", "float", "boolean", "object_id", "object"}; !slices.Contains(known, f.Type) {
		r.report(n.Pos, "write one of "+strings.Join(known[1:], ", ")+", with [] for a list", "data_type is %q", typ)
	}
}

func (r *reader) reference(n *source.Node, f *Field) {
	ref := Reference{At: n.Pos}
	r.read(n, "a reference", keys{
		"dataset": r.text("dataset", &ref.Dataset), "field": r.text("field", &ref.Field),
		"direction": r.oneOf("direction", &ref.Direction, "from", "to"),
	})
	if n.Kind != source.Map || !r.must(n, "a reference", "dataset", "field") {
		return
	}
	if !strings.Contains(ref.Field, ".") {
		r.report(n.Pos, "write field: collection.field", "the reference names no collection: %s", ref.Field)
		return
	}
	f.References = append(f.References, ref)
}

// marks reads by which values a field says that a person is restricted, has objected
// or has withdrawn a consent.
func (r *reader) marks(n *source.Node, f *Field) {
	f.Marks = map[string]Mark{}
	all := keys{}
	for _, right := range []string{"restriction", "objection", "withdrawal"} {
		all[right] = func(n *source.Node) {
			m := Mark{At: n.Pos}
			r.read(n, "a mark", keys{"on": r.text("on", &m.On), "off": r.text("off", &m.Off)})
			if n.Kind == source.Map && r.must(n, "a mark", "on") {
				f.Marks[right] = m
			}
		}
	}
	r.read(n, "kept", all)
	switch {
	case f.Key || f.ReadOnly || len(f.Path) > 1:
		r.report(n.Pos, "mark a field of the row itself that can be written", "field %s cannot be marked", f.Name())
	}
}

// checkField reports what does not go together.
func (r *reader) checkField(f *Field) {
	r.categories(f.At, f.Categories)
	switch {
	case len(f.Fields) > 0 && f.Type != "" && f.Type != "object":
		r.report(f.At, "write data_type: object, or object[] for a list", "field %s has fields and the type %s", f.Name(), f.Type)
	case f.Whole && !f.List && f.Type != "":
		r.report(f.At, "write data_type with [] behind it", "return_all_elements is for lists, and %s is none", f.Name())
	case f.Key && f.Identity != "" && f.Mask != nil:
		r.report(f.At, "leave the masking out", "field %s is the key and cannot be masked", f.Name())
	}
}
