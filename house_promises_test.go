package house

import (
	"encoding/csv"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/promises.csv is the acceptance: every line is proven by a test that
// bears its id. This keeps the two lists from drifting apart.

func promises(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("docs/promises.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, line := range lines[1:] {
		all[line[0]] = line[3]
	}
	return all
}

// proven returns the ids that tests bear in their names.
func proven(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "grep", "-hoE", `func TestPromise_[A-Z0-9_]+`, "--", "*_test.go").Output()
	if err != nil {
		t.Fatalf("list the tests: %v", err)
	}
	ids := regexp.MustCompile(`[A-Z]{2}[0-9]{2}`).FindAllString(string(out), -1)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestTestsNamePromisesThatExist(t *testing.T) {
	known := promises(t)
	for _, id := range proven(t) {
		if known[id] == "" {
			t.Errorf("a test names the promise %s, which docs/promises.csv does not hold", id)
		}
	}
}

// What first light has proven stays proven.
func TestPromisesStayProven(t *testing.T) {
	now := proven(t)
	kept := strings.Fields(read(t, "docs/proven.txt"))
	for _, id := range kept {
		if !slices.Contains(now, id) {
			t.Errorf("the promise %s was proven by a test and is no more", id)
		}
	}
	for _, id := range now {
		if !slices.Contains(kept, id) {
			t.Errorf("add %s to docs/proven.txt: a test proves it now", id)
		}
	}
}
