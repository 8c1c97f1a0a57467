package newsletter_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/mail"
	"kept/internal/mail/mailtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// The killed process is this test's own binary, told by its environment to send.
const (
	childDir   = "KEPT_TEST_NEWSLETTER_DIR"
	childURL   = "KEPT_TEST_NEWSLETTER_URL"
	childRelay = "KEPT_TEST_NEWSLETTER_RELAY"
	childAfter = "KEPT_TEST_NEWSLETTER_AFTER" // minutes after noon: leases of those before have ended

	killReaders     = 600
	killConnections = mail.UsualConnections
)

// TestCampaignProcess is no test but the process that is killed.
func TestCampaignProcess(t *testing.T) {
	dir, set := os.LookupEnv(childDir)
	if !set {
		t.Skip("this is the process that another test kills")
	}
	after, err := strconv.Atoi(os.Getenv(childAfter))
	if err != nil {
		t.Fatal(err)
	}
	h := activitytest.EnvTo(t, &mailtest.Sink{Addr: os.Getenv(childRelay)}, store.Config{Dir: dir, URL: os.Getenv(childURL)}, withoutConfirmation(),
		clock.At(noon.Add(time.Duration(after)*time.Minute)), newsletter.Kind{})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		h.Mail.Halt()
	}()
	for range 1000 {
		worked, err := h.Jobs.Step(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

// TestKilledInMidCampaignNobodyIsMissed kills the sender without warning and stops
// it by SIGTERM. Everybody gets the mail; twice at most as many as there were
// connections, and those under the same name.
func TestKilledInMidCampaignNobodyIsMissed(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		sink := mailtest.NewSink(t)
		h := activitytest.EnvTo(t, sink, place, withoutConfirmation(), clock.At(noon), newsletter.Kind{})
		many(t, h, killReaders)
		welcome := len(sink.Mails())
		id := compose(t, h, draft())
		schedule(t, h, id, newsletter.When{})
		h.Close()
		kills := 0
		for i, end := range []struct {
			after int
			by    syscall.Signal
		}{{40, syscall.SIGKILL}, {180, syscall.SIGTERM}, {320, syscall.SIGKILL}, {460, syscall.SIGKILL}} {
			child := campaignProcess(t, place, sink, 2*i)
			sink.Wait(welcome + end.after)
			if err := child.Process.Signal(end.by); err != nil {
				t.Fatal(err)
			}
			if err := child.Wait(); err == nil && end.by == syscall.SIGKILL {
				t.Fatal("the campaign ended by itself before it was killed")
			}
			if end.by == syscall.SIGKILL {
				kills++
			}
		}
		if err := campaignProcess(t, place, sink, 20).Wait(); err != nil {
			t.Fatal(err)
		}
		h = activitytest.EnvTo(t, sink, place, withoutConfirmation(), clock.At(noon.Add(time.Hour)), newsletter.Kind{})
		h.Work()
		c := campaign(t, h, id)
		if c.State != newsletter.Done || c.Tally.Sent != killReaders || c.Tally.Recipients != killReaders {
			t.Errorf("%s %+v", c.State, c.Tally)
		}
		seen, names := map[string]int{}, map[string]map[string]bool{}
		for _, m := range sink.Mails()[welcome:] {
			to := m.To[0]
			if seen[to]++; names[to] == nil {
				names[to] = map[string]bool{}
			}
			names[to][m.Read().MessageID] = true
		}
		twice := 0
		for i := range killReaders {
			to := reader(i)
			if seen[to] == 0 {
				t.Errorf("%s got nothing", to)
			}
			if len(names[to]) > 1 {
				t.Errorf("%s got the mail under %d names", to, len(names[to]))
			}
			twice += max(0, seen[to]-1)
		}
		if twice > kills*killConnections {
			t.Errorf("%d letters left twice; %d kills of %d connections explain %d", twice, kills, killConnections, kills*killConnections)
		}
		t.Logf("sent twice: %d", twice)
	})
}

func reader(i int) string { return fmt.Sprintf("reader%d@person.example", i) }

// withoutConfirmation is a policy under which a sign-up counts at once.
func withoutConfirmation() string {
	return replaced(policyOf(campaignFields), "double_opt_in: true", "double_opt_in: false")
}

// many signs readers up, with the least that it takes.
func many(t *testing.T, h *activitytest.House, readers int) {
	t.Helper()
	for i := range readers {
		err := news(h).Take(t.Context(), newsletter.SignUp{Email: reader(i), First: "Reader", Last: strconv.Itoa(i), Language: "en", Source: newsletter.ByAPI, Address: netip.MustParseAddr("192.0.2.1")})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.Work()
}

func campaignProcess(t *testing.T, place store.Config, sink *mailtest.Sink, minutes int) *exec.Cmd {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestCampaignProcess$")
	child.Env = append(os.Environ(), childDir+"="+place.Dir, childURL+"="+place.URL, childRelay+"="+sink.Addr, childAfter+"="+strconv.Itoa(minutes))
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
