package dataset

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kept/internal/duty/rights"
	"kept/internal/policy"
	"kept/internal/remote/records"
)

// hidden stands for what lets somebody in.
const hidden = "••••"

// Read hands over the person's rows, one collection after the other: all that the
// datasets describe, or of a portable copy what the person provided.
func (e *Estate) Read(ctx context.Context, p rights.Person, r rights.Right, f func(rights.Record) error) error {
	ids := identifiers(p)
	if len(ids) == 0 {
		return nil
	}
	walk, err := e.walk(ctx, ids)
	if err != nil {
		return err
	}
	defer walk.spool.Close()
	for _, c := range e.readingOrder() {
		h := e.handout(c, r)
		if len(h.fields) == 0 {
			continue
		}
		if err := walk.rows(ctx, c, c.Tops(), func(s *selection, row records.Row) error { return f(h.record(s, row)) }); err != nil {
			return err
		}
	}
	return nil
}

// readingOrder is that of the files, but for what comes after something else.
func (e *Estate) readingOrder() []*Collection {
	var done []*Collection
	for rest := slices.Clone(e.graph.Collections); len(rest) > 0; {
		i := slices.IndexFunc(rest, func(c *Collection) bool {
			return !slices.ContainsFunc(rest, func(x *Collection) bool { return x != c && slices.Contains(c.After, x.String()) })
		})
		i = max(i, 0)
		done, rest = append(done, rest[i]), slices.Delete(rest, i, i+1)
	}
	return done
}

// handout is what of a collection is handed out.
type handout struct {
	c        *Collection
	fields   []*Field // top-level
	picked   map[*Field]bool
	category map[string]string
	template rights.Record
}

func (e *Estate) handout(c *Collection, r rights.Right) *handout {
	all := e.fates(c, nil)
	h := &handout{c: c, picked: map[*Field]bool{}, category: map[string]string{}}
	for _, t := range all {
		if r == rights.Portability && !t.provided() {
			continue
		}
		h.picked[t.field] = true
		if category := t.field.Category(); category != "" {
			h.category[t.field.Name()] = category
		}
	}
	for _, f := range c.Fields {
		if slices.ContainsFunc(leaves([]*Field{f}, nil), func(x *Field) bool { return h.picked[x] }) {
			h.fields = append(h.fields, f)
		}
	}
	h.template = rights.Record{
		System: e.holder(c.Dataset.Key).Name, Activity: keyOf(entryOf(all)), Table: c.Name,
		Title: rights.Words{"de": c.Name, "en": c.Name}, Category: h.category,
	}
	return h
}

// provided reports whether the person gave the value, under consent or contract
// (Art. 20(1)).
func (t fate) provided() bool {
	for _, a := range t.entries {
		if a.Basis != policy.Consent && a.Basis != policy.Contract {
			continue
		}
		for _, f := range a.Words().Fields {
			covers := within(t.field.Category(), f.Category) || within(f.Category, t.field.Category())
			if covers && (f.Source == "person" || f.Source == "device") {
				return true
			}
		}
	}
	return false
}

func (h *handout) record(s *selection, row records.Row) rights.Record {
	r := h.template
	r.Key = keyText(h.c, s, row)
	for _, f := range h.fields {
		r.Values = append(r.Values, rights.Field{Name: f.Path[0], Value: h.value(f, s.value(row, f))})
	}
	return r
}

// value is what is handed out of a field: only what the file describes.
func (h *handout) value(f *Field, v any) any {
	if len(f.Fields) == 0 {
		if within(f.Category(), "user.authorization") && v != nil {
			return hidden
		}
		return plain(v)
	}
	return plain(h.described(f, v))
}

func (h *handout) described(f *Field, v any) any {
	switch x := v.(type) {
	case []any:
		list := make([]any, len(x))
		for i := range x {
			list[i] = h.described(f, x[i])
		}
		return list
	case map[string]any:
		if len(f.Fields) == 0 {
			return v
		}
		object := map[string]any{}
		for _, inner := range f.Fields {
			name := inner.Path[len(inner.Path)-1]
			value, there := x[name]
			switch {
			case !there || len(inner.Fields) == 0 && !h.picked[inner]:
			case within(inner.Category(), "user.authorization"):
				object[name] = hidden
			default:
				object[name] = h.described(inner, value)
			}
		}
		return object
	}
	return v
}

// plain is a value of a record.
func plain(v any) any {
	switch x := v.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(x)
	case string:
		return strings.ToValidUTF8(x, "\uFFFD")
	case map[string]any, []any:
		text, err := json.Marshal(x)
		if err != nil {
			return fmt.Sprint(x)
		}
		return json.RawMessage(text)
	}
	return v
}
