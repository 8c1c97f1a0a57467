package collector

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"kept/internal/store/event"
)

// loadVariable names the file that holds an order: this program is then the
// load and measures nothing else. As a process of its own its processor time is
// not the server's.
const loadVariable = "KEPT_BENCH_LOAD"

func TestMain(m *testing.M) {
	file := os.Getenv(loadVariable)
	if file == "" {
		os.Exit(m.Run())
	}
	if err := obey(file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// order is what the load process is to do.
type order struct {
	Address  string
	Requests []request
	Rate     int           // requests a second; 0: as many as are answered
	Length   time.Duration // how long; zero: that of a round
	Lead     time.Duration // before that, with the same load; what is answered then is not counted
}

func (o order) length() time.Duration { return cmp.Or(o.Length, length) }

// result is what it saw.
type result struct {
	Answers int
	Early   int           // answers within the lead
	Took    time.Duration // all of it but the lead
	P99     time.Duration // of an order with a rate
}

func obey(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var o order
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	run := o.flood
	if o.Rate > 0 {
		run = o.paced
	}
	seen, err := run()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(seen)
}

// load has another process send the requests and returns what it saw.
func load(b *testing.B, o order) (seen result) {
	b.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "order")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), loadVariable+"="+file)
	other.Stderr = os.Stderr
	out, err := other.Output()
	if err == nil {
		err = json.Unmarshal(out, &seen)
	}
	if err != nil {
		b.Fatalf("the load: %v", err)
	}
	return seen
}

// request is the bytes of a visitor's request: all of them, or all but the
// event's id between head and tail.
type request struct {
	Head, Tail []byte
	Bare       bool // there is no id
}

// append writes the request with a fresh id.
func (r request) append(b []byte) []byte {
	b = append(b, r.Head...)
	if r.Bare {
		return b
	}
	b = strconv.AppendInt(b, event.NewID(time.Now()), 10)
	return append(b, r.Tail...)
}

// flood keeps every connection busy.
func (o order) flood() (result, error) {
	counts, early := make([]int, connections), make([]int, connections)
	began := time.Now()
	err := each(func(i int) error {
		c := caller{address: o.Address}
		defer c.close()
		for n := i; time.Since(began) < o.Lead+o.length(); n += connections {
			if err := c.do(o.Requests[n%len(o.Requests)]); err != nil {
				return err
			}
			if time.Since(began) < o.Lead {
				early[i]++
			} else {
				counts[i]++
			}
		}
		return nil
	})
	seen := result{Took: time.Since(began) - o.Lead}
	for i := range connections {
		seen.Answers += counts[i]
		seen.Early += early[i]
	}
	return seen, err
}

// paced sends requests at the order's rate, each at its time whatever became of
// those before; the 99th percentile is from that time to the answer.
func (o order) paced() (result, error) {
	total := o.Rate * int(o.length()/time.Second)
	took := make([]time.Duration, total)
	due := make(chan int, total)
	began := time.Now()
	at := func(n int) time.Time { return began.Add(time.Duration(n) * time.Second / time.Duration(o.Rate)) }
	go func() {
		defer close(due)
		for n := range total {
			time.Sleep(time.Until(at(n)))
			due <- n
		}
	}()
	err := each(func(int) error {
		c := caller{address: o.Address}
		defer c.close()
		for n := range due {
			if err := c.do(o.Requests[n%len(o.Requests)]); err != nil {
				return err
			}
			took[n] = time.Since(at(n))
		}
		return nil
	})
	return result{Answers: total, Took: time.Since(began), P99: percentile(took, 99)}, err
}

// each runs f for every connection and returns the first error.
func each(f func(i int) error) error {
	var all sync.WaitGroup
	failed := make(chan error, connections)
	for i := range connections {
		all.Go(func() {
			if err := f(i); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	return <-failed
}

// caller sends one request after the other, on one connection if the server
// lets it.
type caller struct {
	address string
	conn    net.Conn // nil: to be dialled
	out     []byte
	in      [4096]byte
}

// do sends r and waits for its answer.
func (c *caller) do(r request) (err error) {
	if c.conn == nil {
		if c.conn, err = net.Dial("tcp", c.address); err != nil {
			return err
		}
	}
	c.out = r.append(c.out[:0])
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	n := 0
	for !bytes.Contains(c.in[:n], []byte("\r\n\r\n")) {
		m, err := c.conn.Read(c.in[n:])
		if err != nil {
			return err
		}
		n += m
	}
	if !bytes.HasPrefix(c.in[:n], []byte("HTTP/1.1 20")) {
		return fmt.Errorf("answered %.40q", c.in[:n])
	}
	if bytes.Contains(c.in[:n], []byte("\r\nConnection: close\r\n")) {
		c.close()
	}
	return nil
}

func (c *caller) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
