package change

import (
	"fmt"
	"reflect"
	"strings"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

// part is a part of a policy: a value, an entry of a map or a list with parts of
// its own, or a bare name in a list.
type part struct {
	key   string // of the language: recipients, country
	name  string // of an entry or a listed name; "" for a plain key
	value any    // of a plain key with a value
	parts []part
}

// treeOf takes a policy apart. What says nothing is left out.
func treeOf(p *policy.Policy) []part { return partsOf(reflect.ValueOf(*p)) }

// silent are fields that are no keys of the language, or that the entry's name
// already says. Rules are compared by what they do, see retention.
var silent = map[string]bool{
	"Policy.Language": true, "Policy.File": true, "Policy.Source": true, "Policy.Hash": true,
	"Activity.Retention": true, "Activity.Data": true, "Delivery.Recipient": true, "Measure.Key": true,
	"Transfer.To": true, "Transfer.Safeguard": true, "Cookie.Name": true, "Field.Name": true, "Moment.Name": true,
}

func partsOf(v reflect.Value) []part {
	var found []part
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Name == "Key" || silent[v.Type().Name()+"."+field.Name] || v.Field(i).IsZero() {
			continue
		}
		found = append(found, partOf(keyOf(field.Name), v.Field(i))...)
	}
	if a, ok := v.Interface().(policy.Activity); ok {
		found = append(found, namesOf("data", a.Fields())...)
	}
	return found
}

// partOf is what stands under one key.
func partOf(key string, v reflect.Value) []part {
	switch x := v.Interface().(type) {
	case policy.Pos:
		return nil
	case policy.Text, period.Period:
		return []part{{key: key, value: x}}
	case policy.Settings:
		return settingsOf(key, x)
	case []policy.Ref:
		var names []string
		for _, ref := range x {
			names = append(names, ref.Name)
		}
		return namesOf(key, names)
	case []string:
		if key == "languages" || key == "via" { // the order means something
			return []part{{key: key, value: x}}
		}
		return namesOf(key, x)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return []part{{key: key, parts: partsOf(v.Elem())}}
	case reflect.Struct:
		return []part{{key: key, parts: partsOf(v)}}
	case reflect.Slice:
		return entriesOf(key, v)
	}
	return []part{{key: key, value: v.Interface()}}
}

func namesOf(key string, names []string) []part {
	var found []part
	for _, name := range names {
		found = append(found, part{key: key, name: name})
	}
	return found
}

func settingsOf(key string, s policy.Settings) []part {
	var found []part
	for name, value := range s {
		found = append(found, part{key: key, name: name, value: value})
	}
	return found
}

func entriesOf(key string, list reflect.Value) []part {
	var found []part
	twice := map[string]int{}
	for i := range list.Len() {
		name := identity(list.Index(i).Interface())
		if twice[name]++; twice[name] > 1 {
			name = fmt.Sprintf("%s %d", name, twice[name])
		}
		found = append(found, part{key: key, name: name, parts: partsOf(list.Index(i))})
	}
	return found
}

// identity is by what an entry of one policy is found in the other.
func identity(entry any) string {
	switch e := entry.(type) {
	case policy.Group:
		return e.Key
	case policy.Recipient:
		return e.Key
	case policy.Service:
		return e.Key
	case policy.Activity:
		return e.Key
	case policy.Department:
		return e.Key
	case policy.HoldGround:
		return e.Key
	case policy.Measure:
		if e.Key == "" {
			return e.Title.In("en")
		}
		return e.Key
	case policy.Cookie:
		return e.Name
	case policy.Delivery:
		return e.Recipient
	case policy.Field:
		return e.Name
	case policy.Moment:
		return e.Name
	case policy.Transfer:
		return e.To + " " + e.Safeguard
	case policy.Ground:
		return string(e.Basis)
	}
	return ""
}

// keyOf writes the name of a field as the language writes its key: OnWithdrawal
// is on_withdrawal.
func keyOf(field string) string {
	if strings.ToUpper(field) == field {
		return strings.ToLower(field)
	}
	var b strings.Builder
	for i, r := range field {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return b.String()
}
