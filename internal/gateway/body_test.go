package gateway

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A request's body that breaks off, is malformed or does not come is the
// client's fault, not the site's, and holds no connection.
func TestBrokenBodiesAreTheClientsFault(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			t.Error("the site got a whole body")
		}
	}), func(c *Config) { c.Patience = 20 * time.Millisecond })
	for name, request := range map[string]string{
		"no chunk":    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
		"huge chunk":  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n",
		"slow length": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
		"slow chunk":  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, request)
		got, err := io.ReadAll(conn) // until the gateway closes
		conn.Close()
		if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 400") {
			t.Errorf("%s: answer %.80q, %v", name, got, err)
		}
	}
}
