package markup

import "strings"

const spaces = " \t\n\r\f"

// admittedImages returns a srcset without the candidates whose URL is held, and
// whether there were any (HTML, 4.8.4.3.8).
func admittedImages(srcset string, held func(url string) bool) (string, bool) {
	var kept []string
	dropped := false
	for rest := srcset; ; {
		rest = strings.TrimLeft(rest, spaces+",")
		if rest == "" {
			break
		}
		end := strings.IndexAny(rest, spaces)
		if end < 0 {
			end = len(rest)
		}
		url, candidate := rest[:end], rest[:end]
		rest = rest[end:]
		if trimmed := strings.TrimRight(url, ","); trimmed != url {
			url, candidate = trimmed, trimmed
		} else {
			n := descriptorEnd(rest)
			candidate += rest[:n]
			rest = rest[n:]
		}
		if held(url) {
			dropped = true
		} else {
			kept = append(kept, strings.TrimRight(candidate, spaces))
		}
	}
	return strings.Join(kept, ", "), dropped
}

// descriptorEnd returns where the descriptors at the start of s end: at a comma
// outside of brackets.
func descriptorEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth = max(0, depth-1)
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// admittedWords returns a list of URLs separated by white space or sep without
// those that are held, and whether there were any.
func admittedWords(list, sep string, held func(url string) bool) (string, bool) {
	var kept []string
	all := strings.FieldsFunc(list, func(c rune) bool { return strings.ContainsRune(spaces+sep, c) })
	for _, url := range all {
		if !held(url) {
			kept = append(kept, url)
		}
	}
	return strings.Join(kept, " "), len(kept) < len(all)
}

// RefreshTarget returns the URL of a refresh, as <meta http-equiv=refresh> and
// the Refresh header write it, empty for a reload (HTML, 4.2.5.3, "shared
// declarative refresh steps").
func RefreshTarget(content string) string {
	rest := strings.TrimLeft(content, spaces)
	rest = strings.TrimLeft(rest, "0123456789.")
	rest = strings.TrimLeft(rest, spaces)
	if rest != "" && (rest[0] == ';' || rest[0] == ',') {
		rest = strings.TrimLeft(rest[1:], spaces)
	}
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		if after := strings.TrimLeft(rest[3:], spaces); strings.HasPrefix(after, "=") {
			rest = strings.TrimLeft(after[1:], spaces)
		}
	}
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		quote := rest[:1]
		rest, _, _ = strings.Cut(rest[1:], quote)
	}
	return rest
}

// still are link relations that make no browser fetch anything. Others, and
// words that are none, are taken to load.
var still = names(`alternate amphtml archives author bookmark canonical contents edituri external first glossary help
	hub index indieauth-metadata last license me micropub next-archive nofollow noopener noreferrer openid.delegate
	openid.server openid2.local_id openid2.provider opener pgpkey pingback prev prev-archive
	privacy-policy related section self shortlink sitemap start tag terms-of-service token_endpoint
	authorization_endpoint toc up via webmention wlwmanifest`)

// Loads reports whether a link with these relations makes a browser fetch or
// connect.
func Loads(rel string) bool {
	for _, word := range strings.Fields(strings.ToLower(rel)) {
		if !still[word] && !strings.Contains(word, "//") {
			return true
		}
	}
	return false
}
