package csp

import (
	"slices"
	"strings"
)

// Admit returns the policy under which a page may load from its own origin and
// from hosts, and from nowhere else. The site's inline code stays as free as it
// is: other policies of the page still bind it.
func Admit(hosts []string) string {
	list := ""
	for _, h := range hosts {
		list += " " + h
	}
	// Everything that fetches falls back to default-src: scripts, workers, styles,
	// images, fonts, media, objects, frames, manifests, prefetches, connections.
	// Documents made of data: and blob: inherit the policy.
	return "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'" + list +
		"; form-action 'self'" + list + "; base-uri 'self'"
}

// IsSource reports whether host can stand in a policy: nothing in it ends a
// directive or a policy, and browsers accept its form (IPv6 has none).
func IsSource(host string) bool {
	return host != "" && strings.Trim(strings.TrimPrefix(host, "*."), "abcdefghijklmnopqrstuvwxyz0123456789-._:") == ""
}

// directive is a name and its words.
type directive struct {
	name  string
	words []string
}

// parse reads one policy. Of a directive that is there twice, the first counts
// (CSP 3, 2.2.1).
func parse(policy string) []directive {
	var all []directive
	for _, text := range strings.Split(policy, ";") {
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		if slices.ContainsFunc(all, func(d directive) bool { return d.name == name }) {
			continue
		}
		all = append(all, directive{name, words[1:]})
	}
	return all
}

func render(policy []directive) string {
	texts := make([]string, len(policy))
	for i, d := range policy {
		texts[i] = strings.Join(append([]string{d.name}, d.words...), " ")
	}
	return strings.Join(texts, "; ")
}

// Site is the site's own policies, as its headers or a meta element state them.
type Site struct{ policies [][]directive }

// Read reads the values of Content-Security-Policy fields; each may hold
// several policies.
func Read(fields []string) Site {
	var s Site
	for _, field := range fields {
		for _, policy := range strings.Split(field, ",") {
			if p := parse(policy); len(p) > 0 {
				s.policies = append(s.policies, p)
			}
		}
	}
	return s
}

// ReadMeta reads the content of a <meta> element, which holds one policy.
func ReadMeta(content string) Site { return Site{[][]directive{parse(content)}} }

// Fields returns the policies as header values.
func (s Site) Fields() []string {
	fields := make([]string, len(s.policies))
	for i, p := range s.policies {
		fields[i] = render(p)
	}
	return fields
}

// Empty reports whether the site has no policy.
func (s Site) Empty() bool { return len(s.policies) == 0 }

// scripts and styles are the directives that govern an element, most specific
// first.
var (
	scripts = []string{"script-src-elem", "script-src", "default-src"}
	styles  = []string{"style-src-elem", "style-src", "default-src"}
	sending = []string{"connect-src", "default-src"}
	forms   = []string{"form-action"}
)

// Nonce returns the nonce that the site's policies demand of a script, empty if
// none does.
func (s Site) Nonce() string {
	for _, p := range s.policies {
		if i := governs(p, scripts); i >= 0 {
			for _, w := range p[i].words {
				if nonce, ok := cutQuoted(w, "'nonce-"); ok {
					return nonce
				}
			}
		}
	}
	return ""
}

// AllowKept lets the page reach Kept's own paths on host, where a policy of the
// site would not. A policy that trusts scripts by nonce or hash alone gets the
// nonce.
func (s Site) AllowKept(host, nonce string) {
	if !IsSource(host) {
		return
	}
	path := host + "/privacy/"
	for i := range s.policies {
		p := &s.policies[i]
		script := path
		if j := governs(*p, scripts); j >= 0 && slices.Contains((*p)[j].words, "'strict-dynamic'") {
			script = "'nonce-" + nonce + "'"
			if nonce == "" {
				script = ""
			}
		}
		allow(p, scripts, script)
		allow(p, styles, path)
		allow(p, sending, path)
		allow(p, forms, path)
	}
}

// allow adds source to the directive that governs, unless it admits the page's
// own origin already.
func allow(p *[]directive, names []string, source string) {
	i := governs(*p, names)
	if i < 0 || source == "" {
		return
	}
	words := (*p)[i].words
	if slices.Contains(words, source) || !strings.HasPrefix(source, "'") && (slices.Contains(words, "'self'") || slices.Contains(words, "*")) {
		return
	}
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.EqualFold(w, "'none'") })
	words = append(words, source)
	if (*p)[i].name == names[len(names)-1] && len(names) > 1 { // a fallback for others too
		*p = append(*p, directive{names[len(names)-2], words})
		return
	}
	(*p)[i].words = words
}

// governs returns the index of the directive that applies, -1 if none does.
func governs(p []directive, names []string) int {
	for _, name := range names {
		if i := slices.IndexFunc(p, func(d directive) bool { return d.name == name }); i >= 0 {
			return i
		}
	}
	return -1
}

func cutQuoted(word, prefix string) (string, bool) {
	if len(word) <= len(prefix)+1 || !strings.EqualFold(word[:len(prefix)], prefix) || !strings.HasSuffix(word, "'") {
		return "", false
	}
	return word[len(prefix) : len(word)-1], true
}

// HoldReports takes out the addresses that browsers would send reports to and
// that are held.
func (s Site) HoldReports(held func(url string) bool) {
	for i := range s.policies {
		for j := range s.policies[i] {
			if d := &s.policies[i][j]; d.name == "report-uri" {
				d.words = slices.DeleteFunc(d.words, held)
			}
		}
		s.policies[i] = slices.DeleteFunc(s.policies[i], func(d directive) bool { return d.name == "report-uri" && len(d.words) == 0 })
	}
}

// TrustsByNonce reports whether a policy of the site ignores where a script
// comes from.
func (s Site) TrustsByNonce() bool {
	for _, p := range s.policies {
		if i := governs(p, scripts); i >= 0 && slices.Contains(p[i].words, "'strict-dynamic'") {
			return true
		}
	}
	return false
}
