package policy_test

import (
	"slices"
	"testing"

	"kept/internal/policy"
)

// find returns the key at a path, the zero Key if there is none.
func find(keys []policy.Key, path ...string) policy.Key {
	i := slices.IndexFunc(keys, func(k policy.Key) bool { return k.Name == path[0] })
	switch {
	case i < 0:
		return policy.Key{}
	case len(path) == 1:
		return keys[i]
	}
	return find(keys[i].Keys, path[1:]...)
}

func TestTheReaderTellsItsKeys(t *testing.T) {
	language := policy.Language()
	for _, c := range []struct {
		path []string
		want policy.Key
	}{
		{[]string{"notice", "version"}, policy.Key{Form: policy.FormText, Required: true}},
		{[]string{"notice", "jurisdiction"}, policy.Key{Form: policy.FormText, Required: true, Check: "K124"}},
		{[]string{"controller", "officer", "email"}, policy.Key{Form: policy.FormText, Check: "K122"}},
		{[]string{"recipients", "agreement", "kind"}, policy.Key{Form: policy.FormText, Required: true, Words: []string{"dpa", "arrangement"}}},
		{[]string{"recipients", "hosts"}, policy.Key{Form: policy.FormNames, Check: "K121"}},
		{[]string{"services", "cookies", "session"}, policy.Key{Form: policy.FormTruth}},
		{[]string{"activities", "interest"}, policy.Key{Form: policy.FormWords}},
		{[]string{"activities", "retention", "keep"}, policy.Key{Form: policy.FormPeriod, Required: true}},
		{[]string{"activities", "retention", "notify", "to"}, policy.Key{Form: policy.FormNames, Required: true}},
		{[]string{"activities", "settings"}, policy.Key{}},
		{[]string{"activities", "data", "category"}, policy.Key{Form: policy.FormText, Required: true}},
		{[]string{"activities", "data", "title"}, policy.Key{Form: policy.FormWords}},
		{[]string{"activities", "moments"}, policy.Key{Form: policy.FormTexts}},
		{[]string{"activities", "also", "for"}, policy.Key{Form: policy.FormWords, Required: true}},
		{[]string{"measures", "title"}, policy.Key{Form: policy.FormWords, Required: true}},
		{[]string{"holds", "longest"}, policy.Key{Form: policy.FormPeriod, Required: true}},
	} {
		got := find(language, c.path...)
		if got.Form != c.want.Form || got.Required != c.want.Required || got.Check != c.want.Check || !slices.Equal(got.Words, c.want.Words) {
			t.Errorf("%v: %+v", c.path, got)
		}
	}
	for _, k := range language {
		if (k.Form == policy.FormMap || k.Form == policy.FormEntries || k.Form == policy.FormMaps || k.Form == policy.FormItems) != (len(k.Keys) > 0) {
			t.Errorf("%s holds %d keys as %q", k.Name, len(k.Keys), k.Form)
		}
	}
}
