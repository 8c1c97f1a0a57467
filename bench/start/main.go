package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

var (
	binary = flag.String("binary", "bin/kept", "the binary to measure")
	policy = flag.String("policy", "examples/alleherzen/policy.yaml", "the policy that it serves")
	site   = flag.String("site", "examples/alleherzen/site", "the folder that it serves")
	rounds = flag.Int("rounds", 9, "starts; the median counts")
	idle   = flag.Duration("idle", 5*time.Second, "how long it is left alone before its memory is read")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	info, err := os.Stat(*binary)
	if err != nil {
		return fmt.Errorf("%w; make build makes it", err)
	}
	report("binary", "%.1f MB", float64(info.Size())/1e6)
	if err := check(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kept-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := starts("first start, fresh folder", func(n int) string { return filepath.Join(dir, fmt.Sprint("fresh", n)) }); err != nil {
		return err
	}
	if err := starts("start to first answer", func(int) string { return filepath.Join(dir, "fresh0") }); err != nil {
		return err
	}
	return served(filepath.Join(dir, "fresh0"))
}

// report prints one figure.
func report(what, format string, args ...any) {
	fmt.Printf("%-42s %s\n", what, fmt.Sprintf(format, args...))
}

func median(v []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(v))[len(v)/2].Round(100 * time.Microsecond)
}

// check times `kept check`, the process's own start included.
func check() error {
	var took, used []time.Duration
	for range *rounds {
		began := time.Now()
		cmd := exec.Command(*binary, "check", *policy)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("check: %w\n%s", err, out)
		}
		took, used = append(took, time.Since(began)), append(used, processorTime(cmd))
	}
	report("check a policy, process included", "%v (%v of processor time)", median(took), median(used))
	return nil
}

func processorTime(ended *exec.Cmd) time.Duration {
	return ended.ProcessState.UserTime() + ended.ProcessState.SystemTime()
}

// server is a running `kept serve`.
type server struct {
	cmd *exec.Cmd
	url string
}

func serve(data string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	console, err := freeAddress()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(*binary, "serve", "--policy", *policy, "--site", *site, "--data", data, "--listen", address, "--console", console,
		"--smtp", "smtp://127.0.0.1:9", "--mail-from", "post@agentur.example") // the policy has a newsletter; nothing is written
	cmd.Stderr = os.Stderr
	return &server{cmd, "http://" + address}, cmd.Start()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// answers waits for the first answer of the notice, asking each millisecond.
func (s *server) answers() error {
	for range 30_000 {
		r, err := http.Get(s.url + "/privacy")
		if err == nil {
			defer r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
			return fmt.Errorf("the notice is answered %s", r.Status)
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("no answer for half a minute")
}

func (s *server) stop() error {
	http.DefaultClient.CloseIdleConnections()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// starts times the way to the first answer.
func starts(what string, data func(n int) string) error {
	var took, used []time.Duration
	for n := range *rounds {
		began := time.Now()
		s, err := serve(data(n))
		if err != nil {
			return err
		}
		if err := s.answers(); err != nil {
			return err
		}
		took = append(took, time.Since(began))
		if err := s.stop(); err != nil {
			return err
		}
		used = append(used, processorTime(s.cmd))
	}
	report(what, "%v (%v of processor time, stop included)", median(took), median(used))
	return nil
}

// served leaves a server alone, reads its memory and asks for what a browser
// loads.
func served(data string) error {
	s, err := serve(data)
	if err != nil {
		return err
	}
	if err := s.answers(); err != nil {
		return err
	}
	time.Sleep(*idle)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kB float64
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		return err
	}
	report("idle memory", "%.1f MB", kB*1024/1e6)
	var all int
	for _, file := range []string{"kept.js", "kept.css"} {
		size, err := s.zipped(file)
		if err != nil {
			return err
		}
		all += size
		report("  "+file+", gzip", "%d bytes", size)
	}
	report("browser code: banner, gating, collector", "%d bytes", all)
	return s.stop()
}

// zipped returns the size of a file as a server compresses it.
func (s *server) zipped(file string) (int, error) {
	r, err := http.Get(s.url + "/privacy/" + file)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s is answered %s", file, r.Status)
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(z, r.Body); err != nil {
		return 0, err
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	return b.Len(), nil
}
