package consent

import (
	"slices"
	"testing"
)

// What came with an accepted group was not refused: the receipt must not say so.
func TestRefusedIsOnlyWhatWasNotAgreedTo(t *testing.T) {
	o := &offer{items: []Item{{Key: "media"}, {Key: "video", Group: "media"}, {Key: "map", Group: "media"}, {Key: "statistics"}, {Key: "tag", Group: "statistics"}}}
	for name, c := range map[string]struct {
		marks []mark
		want  []string
	}{
		"everything":       {[]mark{{yes: true, key: "media"}, {yes: true, key: "statistics"}}, nil},
		"one group":        {[]mark{{yes: true, key: "media"}, {key: "statistics"}}, []string{"statistics", "tag"}},
		"but one service":  {[]mark{{yes: true, key: "media"}, {service: true, key: "map"}, {yes: true, key: "statistics"}}, []string{"map"}},
		"only one service": {[]mark{{key: "media"}, {service: true, yes: true, key: "video"}, {key: "statistics"}}, []string{"media", "map", "statistics", "tag"}},
	} {
		d := &draft{offer: o, choice: choice{marks: c.marks}}
		for _, m := range c.marks {
			if m.yes {
				d.accepted = append(d.accepted, m.key)
			}
		}
		if got := d.refused(); !slices.Equal(got, c.want) {
			t.Errorf("%s: refused %v, want %v", name, got, c.want)
		}
	}
}
