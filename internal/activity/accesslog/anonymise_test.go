package accesslog

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"kept/internal/policy"
)

func anonymise(t testing.TB, in string) string {
	t.Helper()
	var out strings.Builder
	if err := Anonymise(strings.NewReader(in), &out, DefaultTruncation); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAnonymise(t *testing.T) {
	const firefox = `"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"`
	for _, c := range []struct{ name, in, want string }{
		{"combined",
			`203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET /a.html HTTP/1.1" 200 2326 "https://example.org/x" ` + firefox,
			`203.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET /a.html HTTP/1.1" 200 2326 "https://example.org/x" ` + firefox},
		{"common", `203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 304 -`, `203.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 304 -`},
		{"user and identity", `203.0.113.77 ident Max Muster [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1`, `203.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1`},
		{"queries", `203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET /s?q=max@example.org HTTP/1.1" 200 1 "https://example.org/?token=1 2" "-"`,
			`203.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET /s HTTP/1.1" 200 1 "https://example.org/" "-"`},
		{"escaped quote", `203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET /\"a?b=\" HTTP/1.1" 200 1 "-" "x"`, `203.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET /\"a HTTP/1.1" 200 1 "-" "x"`},
		{"IPv6", `2001:db8:1:2::77 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/2.0" 200 1`, `2001:db8:1:: - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/2.0" 200 1`},
		{"mapped", `::ffff:203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/2.0" 200 1`, `203.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/2.0" 200 1`},
		{"host name", `p5b0.dip0.t-ipconnect.example - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1`, `- - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1`},
		{"virtual host", `www.example.org:443 203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1`, `203.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1`},
		{"forwarded", `10.0.0.1 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1 "-" "x" "203.0.113.77, 2001:db8:1:2::77, [2001:db8:1:2::78]:443, 198.51.100.7:8080"`,
			`10.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1 "-" "x" "203.0.0.0, 2001:db8:1::, [2001:db8:1::]:443, 198.51.0.0:8080"`},
		{"an address in a path", `203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET /whois/198.51.100.7/2001%3Adb8%3A1%3A2%3A%3A77 HTTP/1.1" 200 1`,
			`203.0.0.0 - - [21/Nov/2026:12:00:00 +0100] "GET /whois/198.51.0.0/2001:db8:1:: HTTP/1.1" 200 1`},
		{"malformed", `something 203.0.113.77 "[2001:db8:1:2::77]`, `something 203.0.0.0 "[2001:db8:1::]`},
		{"error log", `[Sat Nov 21 12:00:00.123456 2026] [core:error] [client 203.0.113.77:5123] AH00126: Invalid URI`, `[Sat Nov 21 12:00:00.123456 2026] [core:error] [client 203.0.0.0:5123] AH00126: Invalid URI`},
		{"JSON", `{"remote_addr":"203.0.113.77","uri":"/"}`, `{"remote_addr":"203.0.0.0","uri":"/"}`},
		{"versions stay", `- "Chrome/131.0.0.0 Safari/537.36 std::x 12:00:00"`, `- "Chrome/131.0.0.0 Safari/537.36 std::x 12:00:00"`},
		{"a hash stays", strings.Repeat("0123456789abcdef", 8), strings.Repeat("0123456789abcdef", 8)},
		{"no address of its own", `1.2.3.456 1.2.3 300.1.2.3`, `1.2.3.456 1.2.3 300.1.2.3`},
		{"empty", ``, ``},
		{"bytes", "\xff\xfe 203.0.113.77 \x00", "\xff\xfe 203.0.0.0 \x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, end := range []string{"", "\n", "\r\n"} {
				if got := anonymise(t, c.in+end); got != c.want+end {
					t.Errorf("\n got %q\nwant %q", got, c.want+end)
				}
			}
		})
	}
}

func TestAnonymiseLongLines(t *testing.T) {
	planted := " 203.0.113.77 "
	for _, before := range []int{1, longestLine - 14, longestLine - 8, longestLine - 2, longestLine, 3*longestLine - 5} {
		for _, filler := range []string{"x", "/"} {
			in := `198.51.100.7 - - [21/Nov/2026:12:00:00 +0100] "GET /`
			in += strings.Repeat(filler, max(0, before-len(in))) + planted + strings.Repeat(filler, longestLine) + "\n" + planted + "\n"
			got := anonymise(t, in)
			want := strings.ReplaceAll(strings.ReplaceAll(in, "203.0.113.77", "203.0.0.0"), "198.51.100.7", "198.51.0.0")
			if got != want {
				t.Fatalf("with %d bytes before it, the address or the line is not as it should be (%d bytes, want %d)", before, len(got), len(want))
			}
		}
	}
	if got := anonymise(t, strings.Repeat("1.", longestLine)+"\n"); strings.Contains(got, "1.") {
		t.Fatal("an endless run of numbers is written")
	}
}

func TestAnonymiseTakesConstantMemory(t *testing.T) {
	const lines = 100_000
	in := io.LimitReader(&endless{text: []byte(`203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET /a.html HTTP/1.1" 200 2326 "https://example.org/x" "Firefox"` + "\n")}, lines*115)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := Anonymise(in, io.Discard, DefaultTruncation); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Fatalf("%d bytes more are in use", grown)
	}
}

type endless struct {
	text []byte
	at   int
}

func (e *endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		c := copy(b[n:], e.text[e.at:])
		n, e.at = n+c, (e.at+c)%len(e.text)
	}
	return n, nil
}

func TestAnonymiseReportsAFullDisk(t *testing.T) {
	if err := Anonymise(strings.NewReader(strings.Repeat("x\n", 10_000)), fullDisk{}, DefaultTruncation); err == nil {
		t.Fatal("the log was written to a full disk")
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// FuzzAnonymise plants addresses into whatever comes and looks for them.
func FuzzAnonymise(f *testing.F) {
	f.Add([]byte(`203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET / HTTP/1.1" 200 1 "-" "x"`), uint64(1))
	f.Add([]byte(`"[`), uint64(2))
	f.Add([]byte(`%3A%3a1:2:3::`), uint64(3))
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		v4 := netip.AddrFrom4([4]byte{203, byte(rnd.IntN(255) + 1), byte(rnd.IntN(255) + 1), byte(rnd.IntN(255) + 1)})
		v6 := fmt.Sprintf("2001:db8:%x:%x:%x::%x", rnd.IntN(60000)+1, rnd.IntN(60000)+1, rnd.IntN(60000)+1, rnd.IntN(60000)+1)
		at := rnd.IntN(len(text) + 1)
		in := string(text[:at]) + " " + v4.String() + " " + v6 + "," + string(text[at:]) + "\n"
		if bytes.Contains(text, []byte(v4.String())) {
			return
		}
		got := anonymise(t, in)
		if strings.Contains(got, " "+v4.String()+" ") || strings.Contains(got, v6) {
			t.Fatalf("an address stays:\n%q\n%q", in, got)
		}
		if strings.Count(got, "\n") != strings.Count(in, "\n") {
			t.Fatalf("lines are lost:\n%q\n%q", in, got)
		}
	})
}

func BenchmarkAnonymise(b *testing.B) {
	text := `203.0.113.77 - - [21/Nov/2026:12:00:00 +0100] "GET /a.html HTTP/1.1" 200 2326 "https://example.org/x" "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"` + "\n"
	in := strings.Repeat(text, 1000)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if err := Anonymise(strings.NewReader(in), io.Discard, policy.Truncation{IPv4: 16, IPv6: 48}); err != nil {
			b.Fatal(err)
		}
	}
}
