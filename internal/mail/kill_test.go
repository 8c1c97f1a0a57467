package mail_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"kept/internal/clock"
	"kept/internal/mail"
	"kept/internal/mail/mailtest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// The killed process is this test's own binary, which TestMain turns into a
// campaign.
const (
	childDir   = "KEPT_TEST_MAIL_DIR"
	childURL   = "KEPT_TEST_MAIL_URL"
	childRelay = "KEPT_TEST_MAIL_RELAY"

	killLetters     = 2000
	killConnections = 6
)

func TestMain(m *testing.M) {
	if dir, set := os.LookupEnv(childDir); set {
		if err := sendAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// sendAll runs the campaign of the database that the environment names.
func sendAll(dir string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{Dir: dir, URL: os.Getenv(childURL)})
	if err != nil {
		return err
	}
	defer db.Close()
	settings, err := mail.Configure((&mailtest.Sink{Addr: os.Getenv(childRelay)}).Options())
	if err != nil {
		return err
	}
	p := &policy.Policy{Activities: []policy.Activity{{Key: "answers"}}}
	var dialer net.Dialer
	post, err := mail.Open(ctx, mail.Config{
		DB: db, Policy: func() *policy.Policy { return p }, Clock: clock.System, Log: slog.Default(), Settings: settings,
		Dial: func(ctx context.Context, _, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
	})
	if err != nil {
		return err
	}
	_, err = post.Dispatch(ctx, (&roll{db: db}).campaign(killConnections))
	return err
}

// TestKilledInMidCampaignNobodyIsMissed kills the sender without warning, again
// and again. Everybody gets the mail; twice at most as many as there were
// connections, and those by the same Message-ID.
func TestKilledInMidCampaignNobodyIsMissed(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		ctx := context.Background()
		db, err := store.Open(ctx, place)
		if err != nil {
			t.Fatal(err)
		}
		if err := (&roll{db: db}).fill(ctx, killLetters, person); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		sink := mailtest.NewSink(t)
		kills := 0
		for _, after := range []int{150, 700, 1300} {
			child := campaignProcess(t, place, sink)
			sink.Wait(after)
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := child.Wait(); err == nil {
				t.Fatal("the campaign ended by itself before it was killed")
			}
			kills++
		}
		if err := campaignProcess(t, place, sink).Wait(); err != nil {
			t.Fatal(err)
		}
		seen, ids := map[string]int{}, map[string]map[string]bool{}
		for _, m := range sink.Mails() {
			to := m.To[0]
			if seen[to]++; ids[to] == nil {
				ids[to] = map[string]bool{}
			}
			ids[to][m.Read().MessageID] = true
		}
		for i := 1; i <= killLetters; i++ {
			if seen[person(i)] == 0 {
				t.Errorf("%s got nothing", person(i))
			}
		}
		twice := 0
		for to, n := range seen {
			twice += n - 1
			if len(ids[to]) != 1 {
				t.Errorf("%s got the mail under %d names", to, len(ids[to]))
			}
		}
		if twice > kills*killConnections {
			t.Errorf("%d mails left twice; %d kills of %d connections explain %d", twice, kills, killConnections, kills*killConnections)
		}
		t.Log("sent twice: " + strconv.Itoa(twice))
	})
}

func campaignProcess(t *testing.T, place store.Config, sink *mailtest.Sink) *exec.Cmd {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+place.Dir, childURL+"="+place.URL, childRelay+"="+sink.Addr)
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if child.ProcessState == nil {
			_ = child.Process.Kill()
		}
	})
	return child
}
