package analytics

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

// The environment in which TestServeUntilKilled serves.
const (
	childDir = "KEPT_TEST_CHILD_DIR"
	childURL = "KEPT_TEST_CHILD_URL"
)

// What was answered with 204 is there after kill -9, each event once.
func TestKillLosesNothingThatWasAcknowledged(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		child := exec.Command(os.Args[0], "-test.run=^TestServeUntilKilled$", "-test.v")
		child.Env = append(os.Environ(), childDir+"="+place.Dir, childURL+"="+place.URL)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var address, cookies string
		for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "serving "); ok {
				address, cookies, _ = strings.Cut(rest, " ")
			}
		}
		acknowledged := load(t, "http://"+address+Path, cookies, func() { _ = child.Process.Kill() })
		_ = child.Wait() // it was killed
		if len(acknowledged) < 100 {
			t.Fatalf("only %d events were acknowledged", len(acknowledged))
		}
		h := activitytest.Env(t, place, policyOf(everyField), clock.System, Kind{})
		found := map[int64]int{}
		err = h.Events.In(context.Background(), eventTable, time.Time{}, time.Time{}, func(ctx context.Context, q store.Querier, _ event.Partition) error {
			return span{q: q}.each(ctx, "select id from analytics_event", nil, func(scan func(...any) error) error {
				var id int64
				err := scan(&id)
				found[id]++
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range acknowledged {
			if found[id] != 1 {
				t.Fatalf("event %d was acknowledged and is there %d times", id, found[id])
			}
		}
		t.Logf("%d events acknowledged, %d stored", len(acknowledged), len(found))
	})
}

// load sends events on several connections until the server is gone, calls kill
// in the middle of it, and returns the ids that were acknowledged.
func load(t *testing.T, url, cookies string, kill func()) []int64 {
	t.Helper()
	var mu sync.Mutex
	var acknowledged []int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100_000 {
				id := event.NewID(time.Now())
				body := fmt.Sprintf(`{"v":1,"events":[{"id":"%d","t":"page_view","u":"/seite"}]}`, id)
				r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Cookie", cookies)
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					return // killed
				}
				answer.Body.Close()
				mu.Lock()
				if answer.StatusCode == http.StatusNoContent {
					acknowledged = append(acknowledged, id)
				}
				if len(acknowledged) == 500 {
					kill()
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return acknowledged
}

func TestServeUntilKilled(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("this is the process that another test kills")
	}
	h := activitytest.Env(t, store.Config{Dir: dir, URL: os.Getenv(childURL)}, policyOf(everyField), clock.System, Kind{})
	c, _ := h.Accept("statistics")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nserving %s %s=%s\n", l.Addr(), c.Name, c.Value)
	s := &http.Server{Handler: h.Handler()}
	time.AfterFunc(time.Minute, func() { s.Close() }) // if nobody kills it
	_ = s.Serve(l)
}
