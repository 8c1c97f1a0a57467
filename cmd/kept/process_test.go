package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a test waits for what a process is to print or to do.
const patience = 60 * time.Second

// process is a kept that runs beside the test.
type process struct {
	cmd      *exec.Cmd
	out, err transcript
	ended    chan struct{} // closed when it has ended

	site, console string // addresses that it printed
	door          string // host:port at which the site listens
}

// launch starts kept in dir with the variables env in its environment.
func launch(dir string, env []string, args ...string) (*process, error) {
	cmd := exec.Command("kept", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	return begin(cmd)
}

// launchReading starts kept with in as its standard input.
func launchReading(in *os.File, args ...string) (*process, error) {
	cmd := exec.Command("kept", args...)
	cmd.Stdin = in
	return begin(cmd)
}

func begin(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it never outlives the test
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState has the outcome
		close(p.ended)
	}()
	return p, nil
}

// launchServing starts kept and waits until it has printed its addresses.
func launchServing(dir string, env []string, args ...string) (*process, error) {
	p, err := launch(dir, env, args...)
	if err != nil {
		return nil, err
	}
	if err := p.prints(&p.out, "Console "); err != nil {
		p.kill()
		return nil, err
	}
	for line := range strings.Lines(p.out.String()) {
		switch f := strings.Fields(line); {
		case len(f) > 1 && f[0] == "Site":
			p.site = f[1]
			p.door = strings.TrimSuffix(f[len(f)-1], ")")
			p.door = p.door[strings.LastIndexByte(p.door, '/')+1:]
		case len(f) > 1 && f[0] == "Console":
			p.console = f[1]
		}
	}
	return p, nil
}

// prints waits until a whole line with text stands in one of p's outputs.
func (p *process) prints(where *transcript, text string) error {
	return p.waits("it printed "+text, func() bool { return where.hasLine(text) }, where.grown)
}

// logs waits until a line with text stands on standard error.
func (p *process) logs(text string) error { return p.prints(&p.err, text) }

// waits returns once done is true. It looks again at each signal of grown, and
// fails when the process ends before or patience does.
func (p *process) waits(what string, done func() bool, grown func() <-chan struct{}) error {
	deadline := time.After(patience)
	for {
		more := grown()
		if done() {
			return nil
		}
		select {
		case <-more:
		case <-p.ended:
			if done() {
				return nil
			}
			return fmt.Errorf("kept ended before %s\n%s", what, p.said())
		case <-deadline:
			return fmt.Errorf("waited in vain until %s\n%s", what, p.said())
		}
	}
}

func (p *process) said() string {
	return fmt.Sprintf("%s\nstdout:\n%s\nstderr:\n%s", strings.Join(p.cmd.Args, " "), p.out.String(), p.err.String())
}

func (p *process) signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// exit waits for the end and returns the exit code; -1 stands for a signal.
func (p *process) exit() (int, error) {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("kept does not end\n%s", p.said())
	}
}

// stop ends it as a service manager does, and fails unless it ends well.
func (p *process) stop() error {
	if err := p.signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	code, err := p.exit()
	if err == nil && code != 0 {
		err = fmt.Errorf("kept stopped with exit code %d\n%s", code, p.said())
	}
	return err
}

// kill ends it as a power cut does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // an error means that it has ended
	<-p.ended
}

// transcript is what a process prints.
type transcript struct {
	mu   sync.Mutex
	text []byte
	more chan struct{} // closed at the next write
}

// Write implements io.Writer.
func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if t.more != nil {
		close(t.more)
		t.more = nil
	}
	return len(b), nil
}

// grown returns a channel that is closed at the next write.
func (t *transcript) grown() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.more == nil {
		t.more = make(chan struct{})
	}
	return t.more
}

// String returns everything printed so far.
func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

func (t *transcript) hasLine(text string) bool {
	_, rest, found := strings.Cut(t.String(), text)
	return found && strings.Contains(rest, "\n")
}

// count returns how many times text was printed.
func (t *transcript) count(text string) int { return strings.Count(t.String(), text) }

// eventually polls until f returns nil, and returns its last error if it does
// not in time. For what nobody announces: a port that closes, a row that appears.
func eventually(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited in vain: %w", err)
		}
	}
}
