package accesslog

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

var (
	plantedIPv4 = []netip.Addr{
		netip.MustParseAddr("203.0.113.77"), netip.MustParseAddr("198.51.100.23"), netip.MustParseAddr("192.0.2.201"), netip.MustParseAddr("100.77.66.55"),
	}
	plantedIPv6 = []netip.Addr{
		netip.MustParseAddr("2001:db8:7:42:a1b2:c3d4:e5f6:789a"), netip.MustParseAddr("2001:db8:9:23:1234:5678:9abc:def1"),
	}
)

// plantEverywhere records requests whose clients stand in every part of them.
func plantEverywhere(h *activitytest.House, rounds int) {
	for range rounds {
		for _, a := range append(plantedIPv4, plantedIPv6...) {
			host := a.String()
			if a.Is6() {
				host = "[" + host + "]"
			}
			e := request(h, a)
			logOf(h).Record(e)
			e.Client = netip.AddrFrom16(a.As16())
			e.Path, e.Referrer, e.UserAgent = "/whois/"+a.String(), "http://"+host+"/", "Mozilla/5.0 ("+a.String()+")"
			logOf(h).Record(e)
			logOf(h).Admit(a)
		}
	}
	record(h)
}

func leaks(in []activitytest.Searched) []activitytest.Hit {
	return append(activitytest.Leaks(in, plantedIPv4...), activitytest.Leaks(in, plantedIPv6...)...)
}

// AH02, MC24, MA01: where the policy keeps full addresses for no time, none is
// anywhere: after traffic, in a copy made meanwhile, after a clean stop.
func TestPromise_AH02_MC24_MA01_NoAddressIsAnywhere(t *testing.T) {
	for name, rules := range map[string]string{"address": neverRaw, "everything": anonymousOnly} {
		t.Run(name, func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, place store.Config) {
				h := activitytest.Env(t, place, policyOf(everyField, rules), clock.At(noon), Kind{})
				plantEverywhere(h, 50)
				for _, hit := range leaks(h.Everything()) {
					t.Errorf("after traffic: %s", hit)
				}
				for _, hit := range leaks(activitytest.Files(t, activitytest.CopyDir(t, place.Dir))) {
					t.Errorf("in a copy: %s", hit)
				}
				h.Close()
				for _, hit := range leaks(h.Everything()) {
					t.Errorf("after a clean stop: %s", hit)
				}
			})
		})
	}
}

// The search finds an address that a policy keeps, and finds it no more once
// its rule has ended it.
func TestTheSearchCanFail(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, policyOf(everyField, sevenDays), clock.At(noon), Kind{})
		plantEverywhere(h, 3)
		if len(leaks(h.Everything())) == 0 {
			t.Fatal("the policy keeps addresses for seven days, and none is found")
		}
		h.Clock.Set(noon.Add(7*24*time.Hour + time.Second))
		h.Sweep()
		h.Close()
		for _, hit := range leaks(h.Everything()) {
			t.Errorf("after seven days: %s", hit)
		}
	})
}

// Each notation is found where it lies.
func TestTheSearchKnowsEveryNotation(t *testing.T) {
	for _, planted := range [][]netip.Addr{plantedIPv4, plantedIPv6} {
		for i, n := range activitytest.Notations(planted[0]) {
			var file []byte
			for _, a := range planted {
				file = append(append(append(file, "before"...), activitytest.Notations(a)[i].Bytes...), "after"...)
			}
			if len(activitytest.Leaks([]activitytest.Searched{{Name: "file", Data: file}}, planted...)) == 0 {
				t.Errorf("%s is not found as %s", planted[0], n.Name)
			}
		}
	}
	clean := []activitytest.Searched{{Name: "file", Data: []byte("203.0.0.0 198.51.0.0 2001:db8:7:: 2001:db8:9::")}}
	if hits := leaks(clean); len(hits) > 0 {
		t.Errorf("truncated addresses are taken for full ones: %v", hits)
	}
}

// The environment in which TestTrafficUntilKilled serves.
const (
	childDir   = "KEPT_TEST_CHILD_DIR"
	childURL   = "KEPT_TEST_CHILD_URL"
	childRules = "KEPT_TEST_CHILD_RULES"
)

// AH02, MC24, MA01: kill -9 under traffic leaves no address behind either.
func TestPromise_AH02_MC24_MA01_NoAddressAfterKill(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		for _, hit := range leaks(killed(t, place, neverRaw)) {
			t.Errorf("after kill -9: %s", hit)
		}
	})
}

func TestTheSearchCanFailAfterKill(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		if len(leaks(killed(t, place, sevenDays))) == 0 {
			t.Fatal("the policy keeps addresses for seven days, and none is found")
		}
	})
}

// killed runs traffic in a process of its own, kills it, and returns everything
// that it left: files, temporary files, output, tables.
func killed(t *testing.T, place store.Config, rules string) []activitytest.Searched {
	t.Helper()
	temp := filepath.Join(place.Dir, "tmp")
	if err := os.MkdirAll(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestTrafficUntilKilled$", "-test.v")
	child.Env = append(os.Environ(), childDir+"="+place.Dir, childURL+"="+place.URL, childRules+"="+rules, "TMPDIR="+temp)
	var complaints bytes.Buffer
	child.Stderr = &complaints
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	ready := false
	for lines := bufio.NewScanner(out); !ready && lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		ready = strings.Contains(lines.Text(), "under traffic")
	}
	_ = child.Process.Kill() // SIGKILL; an error means that it ended by itself, which ready tells
	_ = child.Wait()
	if !ready {
		t.Fatalf("the traffic never began:\n%s\n%s", said.String(), complaints.String())
	}
	all := append(activitytest.Files(t, place.Dir),
		activitytest.Searched{Name: "standard output", Data: []byte(said.String())}, activitytest.Searched{Name: "standard error", Data: complaints.Bytes()})
	if place.URL != "" {
		all = append(all, activitytest.Tables(t, place.URL)...)
	}
	return all
}

func TestTrafficUntilKilled(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("this is the process that other tests kill")
	}
	place := store.Config{Dir: dir, URL: os.Getenv(childURL)}
	h := activitytest.Env(t, place, policyOf(everyField, os.Getenv(childRules)), clock.At(noon), Kind{})
	for round := range 1000 { // ends by itself if nobody kills it
		plantEverywhere(h, 20)
		if round == 3 {
			fmt.Println("under traffic")
		}
	}
}
