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
)

// sink starts the server in a process of its own and returns its address.
func sink(pipelining bool) (address string, stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(self, "-sink", fmt.Sprintf("-pipelining=%t", pipelining))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	stop = func() error { // the sink ends with its input
		if err := in.Close(); err != nil {
			return err
		}
		return cmd.Wait()
	}
	return strings.TrimSpace(line), stop, err
}

// swallow answers SMTP until its standard input ends.
func swallow(pipelining bool) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = l.Close()
	}()
	for {
		conn, err := l.Accept()
		if err != nil {
			return nil //nolint:nilerr // closed above
		}
		go converse(conn, pipelining)
	}
}

func converse(conn net.Conn, pipelining bool) {
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
			if skip(in) != nil {
				return
			}
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

// skip reads to the line that is a dot.
func skip(in *bufio.Reader) error {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			return nil
		}
	}
}
