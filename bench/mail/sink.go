package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
)

// server is the mail server, a process of its own.
type server struct {
	address string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// taken is what the mail server took.
type taken struct {
	mails, bytes int64
	first, last  int64 // when, in nanoseconds
}

// sink starts the server.
func sink(pipelining bool) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(self, "-sink", fmt.Sprintf("-pipelining=%t", pipelining))}
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	line, err := s.out.ReadString('\n')
	s.address = strings.TrimSpace(line)
	return s, err
}

// taken asks what the server took so far.
func (s *server) taken() (t taken, err error) {
	if _, err = io.WriteString(s.in, "\n"); err == nil {
		_, err = fmt.Fscanln(s.out, &t.mails, &t.bytes, &t.first, &t.last)
	}
	return t, err
}

// stop ends the server: it ends with its input.
func (s *server) stop() error {
	if err := s.in.Close(); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// mailbox counts what the server takes.
type mailbox struct{ mails, bytes, first, last atomic.Int64 }

func (m *mailbox) take(bytes int) {
	now := time.Now().UnixNano()
	m.first.CompareAndSwap(0, now)
	m.last.Store(now)
	m.bytes.Add(int64(bytes))
	m.mails.Add(1)
}

// swallow answers SMTP until its standard input ends, and each line of that with what
// it took.
func swallow(pipelining bool) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	var box mailbox
	go func() {
		for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
			fmt.Println(box.mails.Load(), box.bytes.Load(), box.first.Load(), box.last.Load())
		}
		_ = l.Close()
	}()
	for {
		conn, err := l.Accept()
		if err != nil {
			return nil //nolint:nilerr // closed above
		}
		go converse(conn, pipelining, &box)
	}
}

func converse(conn net.Conn, pipelining bool, box *mailbox) {
	defer conn.Close()
	in, out := bufio.NewReaderSize(conn, 32<<10), bufio.NewWriter(conn)
	say := func(text string) {
		_, _ = out.WriteString(text + "\r\n")
		if in.Buffered() == 0 {
			_ = out.Flush()
		}
	}
	say("220 sink ESMTP")
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(string(line[:min(4, len(line))])); verb {
		case "EHLO":
			if pipelining {
				say("250-sink\r\n250-PIPELINING\r\n250 8BITMIME")
			} else {
				say("250-sink\r\n250 8BITMIME")
			}
		case "DATA":
			say("354 go on")
			_ = out.Flush()
			size, err := skip(in)
			if err != nil {
				return
			}
			box.take(size)
			say("250 2.0.0 taken")
		case "QUIT":
			say("221 bye")
			_ = out.Flush()
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}

// skip reads to the line that is a dot, and returns how much stood before it.
func skip(in *bufio.Reader) (size int, err error) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return size, err
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			return size, nil
		}
		size += len(line)
	}
}
