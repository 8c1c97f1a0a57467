package markup

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// inertImports returns an import map without the entries whose address is held.
func inertImports(src []byte, held func(url string) bool) ([]byte, bool) {
	var doc any
	if err := json.Unmarshal(src, &doc); err != nil {
		return src, false // browsers ignore it too
	}
	if !dropHeld(doc, held) {
		return src, false
	}
	out, err := json.Marshal(doc)
	return out, err == nil
}

// dropHeld takes held strings out of every object below v.
func dropHeld(v any, held func(url string) bool) (dropped bool) {
	object, _ := v.(map[string]any)
	for key, value := range object {
		if address, ok := value.(string); ok && held(address) {
			delete(object, key)
			dropped = true
			continue
		}
		dropped = dropHeld(value, held) || dropped
	}
	return dropped
}

// inertSpeculation returns speculation rules without those that could fetch a
// held URL: lists lose theirs, and a rule over the page's links stays only if
// it is bound to paths of the site.
func inertSpeculation(src []byte, held func(url string) bool) ([]byte, bool) {
	var doc map[string]any
	if err := json.Unmarshal(src, &doc); err != nil {
		return src, false
	}
	changed := false
	for action, value := range doc {
		rules, ok := value.([]any)
		if !ok {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(rules), func(rule any) bool { return !inertRule(rule, held) })
		if len(kept) < len(rules) {
			doc[action], changed = kept, true
		}
	}
	if !changed {
		return src, false
	}
	out, err := json.Marshal(doc)
	return bytes.TrimSpace(out), err == nil
}

func inertRule(rule any, held func(url string) bool) bool {
	object, ok := rule.(map[string]any)
	if !ok {
		return true
	}
	if where, ok := object["where"]; ok || object["source"] == "document" {
		return onSite(where)
	}
	urls, _ := object["urls"].([]any)
	return !slices.ContainsFunc(urls, func(u any) bool { address, ok := u.(string); return ok && held(address) })
}

// onSite reports whether a condition holds only for links with a path of the
// site's own.
func onSite(where any) bool {
	condition, _ := where.(map[string]any)
	for key, value := range condition {
		all, isList := value.([]any)
		if !isList {
			all = []any{value}
		}
		switch key {
		case "and":
			if slices.ContainsFunc(all, onSite) {
				return true
			}
		case "or":
			if len(all) > 0 && !slices.ContainsFunc(all, func(v any) bool { return !onSite(v) }) {
				return true
			}
		case "href_matches":
			if len(all) > 0 && !slices.ContainsFunc(all, func(v any) bool { return !isPath(v) }) {
				return true
			}
		}
	}
	return false
}

// isPath reports whether a URL pattern begins with a path of the site itself.
func isPath(v any) bool {
	pattern, ok := v.(string)
	return ok && strings.HasPrefix(pattern, "/") && len(pattern) > 1 && !strings.ContainsAny(pattern[1:2], `/\{(:*`) || pattern == "/*" || pattern == "/"
}
