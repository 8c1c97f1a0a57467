// Package house holds the rules that no single room can keep: who may import
// whom, and that every promise is tested where it is claimed.
package house

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

type pkg struct {
	ImportPath string
	Imports    []string
}

// rooms lists every package of the house with its imports, tests apart.
func rooms(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var found []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
}

// under reports whether path is one of the rooms or lies below one.
func under(path string, rooms ...string) bool {
	for _, r := range rooms {
		if path == "kept/"+r || strings.HasPrefix(path, "kept/"+r+"/") {
			return true
		}
	}
	return false
}

var (
	small    = []string{"internal/clock", "internal/fault", "internal/i18n"}
	platform = []string{
		"internal/postgres", "internal/store", "internal/vault", "internal/ledger", "internal/job", "internal/egress",
		"internal/mail", "internal/staff", "internal/inforce", "internal/subject", "internal/consent", "internal/manifest", "internal/access", "internal/page", "internal/password",
	}
	duties = []string{"internal/duty"}
	pages  = []string{"internal/center", "internal/console", "internal/portal", "internal/gateway"}
)

// violation says which rule of the house an import breaks, "" if none.
func violation(from, to string) string {
	if !strings.HasPrefix(to, "kept/") {
		return ""
	}
	kinds := "internal/activity"
	switch {
	case under(from, "cmd"):
		return ""
	case under(to, "internal/app") && !under(from, "internal/app"):
		return "only the command sees the composition root"
	case under(from, "internal/policy") && !under(to, "internal/policy"):
		return "policy imports no other room"
	case under(from, small...) && !under(to, small...):
		return "the small packages import no other room"
	case under(from, "internal/manifest") && !under(to, "internal/policy"):
		return "manifest is pure vocabulary over policy"
	case under(from, platform...) && (under(to, kinds) || under(to, duties...) || under(to, pages...)):
		return "the platform knows no kinds, duties or pages"
	case under(from, duties...) && (under(to, kinds) || under(to, pages...)):
		return "duties see manifests, never a kind or a page"
	case under(from, "internal/remote") && under(to, "internal/policy"):
		return "remote clients know nothing of policies"
	case under(from, kinds) && from != "kept/"+kinds && !under(from, kinds+"/activitytest"):
		room := strings.Join(strings.SplitN(from, "/", 5)[:4], "/")
		switch {
		case under(to, duties...) || under(to, pages...):
			return "a kind imports the platform, never a duty or a page"
		case under(to, kinds) && to != "kept/"+kinds && to != room && !strings.HasPrefix(to, room+"/"):
			return "a kind never imports another kind"
		}
	case under(from, pages...) && under(to, kinds):
		return "pages know kinds by their manifests only"
	}
	return ""
}

func TestEveryRoomKeepsItsImports(t *testing.T) {
	for _, p := range rooms(t) {
		for _, to := range p.Imports {
			if broken := violation(p.ImportPath, to); broken != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, to, broken)
			}
		}
	}
}

func TestTheImportRulesCanFail(t *testing.T) {
	for _, c := range [][2]string{
		{"internal/policy", "internal/store"},
		{"internal/fault", "internal/policy"},
		{"internal/consent", "internal/activity/analytics"},
		{"internal/duty/retain", "internal/activity"},
		{"internal/activity/analytics", "internal/activity/accesslog"},
		{"internal/activity/analytics", "internal/duty/retain"},
		{"internal/center", "internal/activity/analytics"},
		{"internal/gateway", "internal/app"},
	} {
		if violation("kept/"+c[0], "kept/"+c[1]) == "" {
			t.Errorf("%s may import %s", c[0], c[1])
		}
	}
	for _, c := range [][2]string{
		{"internal/activity/analytics", "internal/activity/analytics/region"},
		{"internal/activity/analytics", "internal/activity"},
		{"internal/app", "internal/activity/analytics"},
		{"internal/policy", "internal/policy/period"},
	} {
		if broken := violation("kept/"+c[0], "kept/"+c[1]); broken != "" {
			t.Errorf("%s may not import %s: %s", c[0], c[1], broken)
		}
	}
}
