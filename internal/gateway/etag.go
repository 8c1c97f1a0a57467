package gateway

import (
	"encoding/base64"
	"strings"
)

// A page's tag is made of what it was made of: the site's tag, the policy and
// the choices. It is weak, for the bytes are not the site's.
const tagPrefix = `W/"kept.`

const longestTag = 300 // of the site's; without it the page has none

// pageTag returns the tag of a page that the site tags with site.
func (v *visit) pageTag(site string) string {
	if site == "" || len(site) > longestTag {
		return ""
	}
	return tagPrefix + v.pageKey() + "." + base64.RawURLEncoding.EncodeToString([]byte(site)) + `"`
}

// pageKey tells apart the pages that are made of one page of the site.
func (v *visit) pageKey() string { return v.admission.key + v.language }

// siteTags returns the tags of a condition as the site knows them. Tags of ours
// that were made under other choices are left out; ours reports whether one of
// the others was ours.
func (v *visit) siteTags(fields []string) (tags []string, ours bool) {
	for _, field := range fields {
		for _, tag := range strings.Split(field, ",") {
			tag = strings.Trim(tag, " \t")
			inner, made := strings.CutPrefix(tag, tagPrefix)
			if !made {
				if tag != "" {
					tags = append(tags, tag)
				}
				continue
			}
			key, site, _ := strings.Cut(strings.TrimSuffix(inner, `"`), ".")
			plain, err := base64.RawURLEncoding.DecodeString(site)
			if key == v.pageKey() && err == nil && isTag(string(plain)) {
				tags = append(tags, string(plain))
				ours = true
			}
		}
	}
	return tags, ours
}

// isTag reports whether s has the form of an entity tag (RFC 9110, 8.8.3): a
// visitor can make up what is inside one of ours.
func isTag(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	return !strings.ContainsFunc(s[1:len(s)-1], func(c rune) bool { return c < 0x21 || c == '"' || c == 0x7f })
}
