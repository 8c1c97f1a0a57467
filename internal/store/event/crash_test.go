package event

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// The test binary runs itself as the writer that is killed. These variables tell
// it where to write.
const (
	childDir   = "KEPT_EVENT_CHILD_DIR"
	childURL   = "KEPT_EVENT_CHILD_URL"
	childVault = "KEPT_EVENT_CHILD_VAULT"
	childRows  = "KEPT_EVENT_CHILD_ROWS" // rows to write one after the other; empty: without end, many at once
)

func TestMain(m *testing.M) {
	if os.Getenv(childDir) != "" {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child writes rows and prints each id once it is acknowledged.
func child() error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{Dir: os.Getenv(childDir), URL: os.Getenv(childURL)})
	if err != nil {
		return err
	}
	keys, err := vaultIn(os.Getenv(childVault))
	if err != nil {
		return err
	}
	s, err := Open(ctx, db, keys, clock.At(november), []manifest.Table{visit})
	if err != nil {
		return err
	}
	if text := os.Getenv(childRows); text != "" {
		n, err := strconv.Atoi(text)
		for i := range n {
			if err != nil {
				return err
			}
			err = s.Append(ctx, "visit", view(november, "anna", fmt.Sprint("/", i%10)))
		}
		return err
	}
	var out sync.Mutex
	for w := range 32 {
		go func() {
			for i := 0; ; i++ {
				at := november.AddDate(0, i%2, 0).Add(time.Duration(i) * time.Millisecond) // two partitions at once
				r := view(at, fmt.Sprint("p", i%50), fmt.Sprintf("/%d/%d", w, i))
				r.ID = NewID(at)
				if err := s.Append(ctx, "visit", r); err != nil {
					continue
				}
				out.Lock()
				fmt.Println(r.ID, r.Subject, r.Values[0])
				out.Unlock()
			}
		}()
	}
	select {}
}

func startChild(t *testing.T, c store.Config, vaultDir, rows string, wrapper ...string) *exec.Cmd {
	t.Helper()
	args := append(wrapper, os.Args[0])
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childDir+"="+c.Dir, childURL+"="+c.URL, childVault+"="+vaultDir, childRows+"="+rows)
	return cmd
}

// What was acknowledged is there exactly once after kill -9, under its person
// and with its word; nothing is there by halves.
func TestAcknowledgedRowsSurviveKill(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		vaultDir := t.TempDir()
		acknowledged := map[int64]string{}
		for round := range 3 {
			killUnderLoad(t, startChild(t, c, vaultDir, ""), 1500*(round+1), acknowledged)
		}
		h := &house{t: t, db: storetest.Open(t, c), vault: openVault(t, vaultDir)}
		h.Store = h.node(usual)
		for i := range 50 {
			who := fmt.Sprint("p", i)
			err := h.Of(t.Context(), "visit", who, func(r Row) error {
				want, known := acknowledged[r.ID]
				if got := who + " " + r.Values[0].(string); known && got != want {
					t.Errorf("row %d is %s, acknowledged was %s", r.ID, got, want)
				}
				if r.Values[0] == "" || r.Values[1] != "Firefox" {
					t.Errorf("row %d is there by halves: %v", r.ID, r)
				}
				delete(acknowledged, r.ID)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(acknowledged) != 0 {
			t.Errorf("%d acknowledged rows are missing", len(acknowledged))
		}
		checkFiles(t, h)
	})
}

func killUnderLoad(t *testing.T, cmd *exec.Cmd, rows int, acknowledged map[int64]string) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == rows {
			cmd.Process.Kill()
		}
		text, rest, _ := strings.Cut(lines.Text(), " ")
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !strings.Contains(rest, "/") {
			continue // the last line may be cut
		}
		acknowledged[id] = rest
	}
	cmd.Wait()
}

func checkFiles(t *testing.T, h *house) {
	t.Helper()
	if h.db.Dialect() == store.Postgres {
		return
	}
	err := h.each(t.Context(), "visit", time.Time{}, time.Time{}, func(p *partition) error {
		var verdict string
		err := p.db.QueryRowContext(t.Context(), "pragma integrity_check").Scan(&verdict)
		if verdict != "ok" {
			t.Errorf("%s: %s", p.id(), verdict)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A lone writer waits for the disk at every row: the log is synced at least once
// an acknowledgement.
func TestEveryAcknowledgementWasSynced(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	const rows = 100
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := startChild(t, storetest.SQLite(t), t.TempDir(), fmt.Sprint(rows),
		strace, "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", trace)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("strace does not run here: %v %s", err, out)
	}
	raw, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	synced := len(regexp.MustCompile(`f(data)?sync\(\d+<[^>]*visit-2026-11\.db-wal>`).FindAll(raw, -1))
	if synced < rows {
		t.Errorf("%d syncs of the log for %d acknowledged rows", synced, rows)
	}
}
