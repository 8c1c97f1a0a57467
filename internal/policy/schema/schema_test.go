package schema

import (
	"maps"
	"slices"
	"testing"

	"kept/internal/policy"
)

// Whatever the reader knows is explained, and nothing else is.
func TestEveryKeyIsExplained(t *testing.T) {
	said, used := map[string]bool{}, map[string]bool{}
	var walk func(keys []policy.Key, path string)
	walk = func(keys []policy.Key, path string) {
		for _, k := range keys {
			at := shared(path + k.Name)
			said[at] = true
			if explained[at] == "" {
				t.Errorf("%s is not explained", at)
			}
			for _, word := range k.Words {
				used[k.Name+" "+word] = true
				if meanings[k.Name+" "+word] == "" {
					t.Errorf("%s: %s is not explained", at, word)
				}
			}
			if _, special := specials[at]; k.Form == policy.FormOther && !special {
				t.Errorf("%s has a form that the schema does not know", at)
			}
			walk(k.Keys, path+k.Name+".")
		}
	}
	walk(policy.Language(), "")
	for _, at := range slices.Sorted(maps.Keys(explained)) {
		if !said[at] {
			t.Errorf("%s is explained and no part of the language", at)
		}
	}
	for at := range specials {
		if !said[at] {
			t.Errorf("%s has words and is no part of the language", at)
		}
	}
	for word := range meanings {
		if !used[word] {
			t.Errorf("%s is explained and no word of the language", word)
		}
	}
}

// Each form of a setting has a form in the schema.
func TestEverySettingHasAForm(t *testing.T) {
	for _, form := range policy.SettingTypes() {
		if settingForm(policy.SettingSpec{Type: form}) == nil {
			t.Errorf("a setting of the form %s has none in the schema", form)
		}
	}
}
