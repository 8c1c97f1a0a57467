package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"kept/internal/policy/period"
	"kept/internal/policy/source"
)

// hash is the content hash of a policy: SHA-256 over its canonical form. Layout,
// comments, the order of entries and the way in which a period is written do
// not change it; neither do the defaults of the program, since it is taken of
// what the file says.
func (p *Policy) hash() string {
	form := canonical(reflect.ValueOf(*p))
	m, ok := form.(map[string]any)
	if !ok { // an empty policy
		return digest(form)
	}
	for _, technical := range []string{"File", "Source", "Hash"} {
		delete(m, technical)
	}
	return digest(m)
}

// Scope is the hash of what a consent to a group, or to a single service, covers:
// purposes, fields, recipients and the texts that were shown. When it changes, a
// consent given before has lapsed; nothing else changes it. A key that the
// policy does not know has the scope "".
func (p *Policy) Scope(key string) string {
	if key == "" { // a consent that no group asks for
		return ""
	}
	var covered []any
	if g := p.Group(key); g != nil {
		covered = append(covered, canonical(reflect.ValueOf([]Text{g.Title, g.About})))
	}
	for i := range p.Activities {
		if a := &p.Activities[i]; a.Basis == Consent && a.Group == key {
			covered = append(covered, p.coveredActivity(a))
		}
	}
	for i := range p.Services {
		if s := &p.Services[i]; s.Key == key || s.Group == key {
			covered = append(covered, p.coveredService(s))
		}
	}
	if len(covered) == 0 {
		return ""
	}
	covered = inOrder(covered)
	return digest(covered)
}

func (p *Policy) coveredActivity(a *Activity) any {
	fields := a.Fields()
	slices.Sort(fields)
	recipients := []any{}
	for _, d := range a.Recipients {
		recipients = append(recipients, map[string]any{"recipient": p.coveredRecipient(d.Recipient), "fields": canonical(reflect.ValueOf(d.Fields))})
	}
	recipients = inOrder(recipients)
	covered := map[string]any{
		"activity": a.Key, "kind": a.Kind, "purpose": a.Purpose, "title": a.Title, "fields": fields,
		"recipients": recipients, "storage": storagePurposes(a.Cookies),
	}
	if len(a.Described) > 0 {
		covered["described"] = canonical(reflect.ValueOf(a.Described))
	}
	if a.Explicit {
		covered["explicit"] = true
	}
	if a.Decision != nil { // what is done to the person with the data
		covered["decision"] = canonical(reflect.ValueOf(a.Decision))
	}
	return covered
}

func (p *Policy) coveredService(s *Service) any {
	return map[string]any{
		"service": s.Key, "name": s.Name, "fields": canonical(reflect.ValueOf(s.Data)),
		"recipient": p.coveredRecipient(s.Recipient), "storage": storagePurposes(s.Cookies),
	}
}

// coveredRecipient is who somebody is and where data goes with them, those
// further down the chain included.
func (p *Policy) coveredRecipient(key string) any {
	return p.recipientChain(key, map[string]bool{})
}

func (p *Policy) recipientChain(key string, seen map[string]bool) any {
	r := p.Recipient(key)
	if r == nil || seen[key] {
		return key
	}
	seen[key] = true
	transfers := []any{}
	for _, t := range r.Transfers {
		transfers = append(transfers, map[string]any{"to": t.To, "safeguard": t.Safeguard, "framework": t.Framework, "risk": t.Risk})
	}
	transfers = inOrder(transfers)
	via := []any{}
	for _, v := range r.Via {
		via = append(via, p.recipientChain(v, seen))
	}
	covered := map[string]any{"key": key, "name": r.Name, "country": r.Country, "role": r.Role, "transfers": transfers, "via": via}
	if len(r.OwnPurposes) > 0 {
		covered["own_purposes"] = r.OwnPurposes
	}
	return covered
}

// storagePurposes are the texts that were shown beside cookies.
func storagePurposes(cookies []Cookie) []any {
	texts := []any{}
	for _, c := range cookies {
		if len(c.Purpose) > 0 {
			texts = append(texts, c.Purpose)
		}
	}
	texts = inOrder(texts)
	return texts
}

// canonical turns a value of the language into maps, lists and words without
// places. What says nothing is left out, so that a key that the language gets
// later does not change the hash of policies that do not use it. Lists whose
// order says nothing are sorted.
func canonical(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case period.Period:
		return x.String()
	case Ref:
		return x.Name
	case *source.Node:
		return canonicalNode(x)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return canonical(v.Elem())
	case reflect.Slice:
		return canonicalList(v)
	case reflect.Map:
		m := map[string]any{}
		for _, key := range v.MapKeys() {
			m[key.String()] = canonical(v.MapIndex(key))
		}
		return m
	case reflect.Struct:
		return canonicalStruct(v)
	}
	return v.Interface()
}

func canonicalStruct(v reflect.Value) any {
	m := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Type == reflect.TypeFor[Pos]() || v.Field(i).IsZero() {
			continue
		}
		m[f.Name] = canonical(v.Field(i))
		if words, ok := v.Field(i).Interface().([]string); ok && f.Name != "Languages" && f.Name != "Via" {
			m[f.Name] = slices.Sorted(slices.Values(words))
		}
	}
	if a, ok := v.Interface().(Activity); ok && a.settings != nil {
		m["Settings"] = canonicalNode(a.settings)
	}
	return m
}

func canonicalList(v reflect.Value) any {
	if b, ok := v.Interface().([]byte); ok {
		return string(b)
	}
	list := []any{}
	for i := range v.Len() {
		list = append(list, canonical(v.Index(i)))
	}
	if _, words := v.Interface().([]string); !words {
		list = inOrder(list)
	}
	return list
}

// canonicalNode does the same for settings, whose form only their kind knows.
// What can be read as a period is one.
func canonicalNode(n *source.Node) any {
	switch n.Kind {
	case source.Map:
		m := map[string]any{}
		for _, e := range n.Entries {
			m[e.Key] = canonicalNode(e.Value)
		}
		return m
	case source.List:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, canonicalNode(item))
		}
		return list
	}
	if p, err := period.Parse(n.Scalar); err == nil {
		return p.String()
	}
	return n.Scalar
}

// inOrder sorts a list whose order says nothing.
func inOrder(list []any) []any {
	encoded := make([]string, len(list))
	for i, x := range list {
		encoded[i] = asJSON(x)
	}
	slices.Sort(encoded)
	for i, x := range encoded {
		list[i] = json.RawMessage(x)
	}
	return list
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // maps, lists and words only
		panic(fmt.Sprintf("policy: canonical form: %v", err))
	}
	return string(b)
}

func digest(v any) string {
	sum := sha256.Sum256([]byte(asJSON(v)))
	return hex.EncodeToString(sum[:])
}
