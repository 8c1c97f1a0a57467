package ledger

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// Killed at any moment under load: what was acknowledged is there, and every
// head that was told is continued.
func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		var ids, heads []string
		for round := range 3 {
			killed(t, c, 40+30*round, func(kind, text string) {
				if kind == "leaf" {
					ids = append(ids, text)
				} else {
					heads = append(heads, strings.ReplaceAll(text, "|", "\n"))
				}
			})
		}
		l := open(t, storetest.Open(t, c), Config{})
		if _, err := l.Sequence(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			p, err := l.Prove(t.Context(), id)
			if err != nil {
				t.Fatalf("a leaf of %d that were acknowledged: %v", len(ids), err)
			}
			if _, _, err := p.Verify(l.Key()); err != nil {
				t.Fatal(err)
			}
		}
		for _, head := range heads {
			if err := l.Compare(t.Context(), head); err != nil {
				t.Fatalf("a head of %d that were told: %v", len(heads), err)
			}
		}
		if r, err := l.Verify(t.Context(), nil); err != nil || r.Bad != nil || len(heads) == 0 {
			t.Errorf("%+v, %v, %d heads", r.Bad, err, len(heads))
		}
	})
}

// killed runs this test binary as a process of its own, hears what it
// acknowledges, and kills it after so many lines.
func killed(t *testing.T, c store.Config, lines int, heard func(kind, text string)) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=TestWorkUntilKilled")
	cmd.Env = append(os.Environ(), "KEPT_LEDGER_DIR="+c.Dir, "KEPT_LEDGER_URL="+c.URL)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hear := func(line string) {
		if kind, text, ok := strings.Cut(line, " "); ok && (kind == "leaf" || kind == "head") {
			heard(kind, text)
		}
	}
	scanner := bufio.NewScanner(out)
	for i := 0; i < lines && scanner.Scan(); i++ {
		hear(scanner.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatalf("the process ended by itself: %v", err)
	}
	for scanner.Scan() { // what it acknowledged before it died
		hear(scanner.Text())
	}
	cmd.Wait()
}

func TestWorkUntilKilled(t *testing.T) {
	c := store.Config{Dir: os.Getenv("KEPT_LEDGER_DIR"), URL: os.Getenv("KEPT_LEDGER_URL")}
	if c == (store.Config{}) {
		t.Skip("runs as a process of its own, of the test above")
	}
	l := open(t, storetest.Open(t, c), Config{Clock: clock.System})
	go func() {
		for {
			if _, err := l.Sequence(context.Background()); err != nil {
				panic(err)
			}
			if c, err := l.Head(context.Background()); err == nil {
				fmt.Println("head", strings.ReplaceAll(c.Text, "\n", "|"))
			} else if !fault.Is(err, fault.NotFound) {
				panic(err)
			}
		}
	}()
	for {
		fmt.Println("leaf", fill(t, l, 1)[0])
	}
}
