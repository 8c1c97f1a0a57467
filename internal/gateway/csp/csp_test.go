package csp

import (
	"slices"
	"strings"
	"testing"
)

func TestAdmitNamesWhatIsAdmitted(t *testing.T) {
	policy := Admit([]string{"video.example", "*.thumbs.example"})
	for _, d := range parse(policy) {
		if d.name == "base-uri" { // a base is nobody's but the page's own
			continue
		}
		if !slices.Contains(d.words, "'self'") || !slices.Contains(d.words, "video.example") || !slices.Contains(d.words, "*.thumbs.example") {
			t.Errorf("%s is %v", d.name, d.words)
		}
		if slices.Contains(d.words, "*") || slices.Contains(d.words, "https:") {
			t.Errorf("%s admits anything: %v", d.name, d.words)
		}
	}
}

func TestKeptIsAllowedAndNothingElse(t *testing.T) {
	for _, c := range []struct{ site, want string }{
		{"default-src 'self'", "default-src 'self'"},
		{"default-src 'none'", "default-src 'none'; script-src h/privacy/; style-src h/privacy/; connect-src h/privacy/"},
		{"script-src cdn.example; style-src 'none'", "script-src cdn.example h/privacy/; style-src h/privacy/"},
		{"script-src 'nonce-abc' 'strict-dynamic'", "script-src 'nonce-abc' 'strict-dynamic'"},
		{"script-src 'sha256-x' 'strict-dynamic'; script-src *", "script-src 'sha256-x' 'strict-dynamic' 'nonce-abc'"},
		{"form-action 'none'; frame-ancestors 'none'", "form-action h/privacy/; frame-ancestors 'none'"},
		{"script-src-elem x; script-src y", "script-src-elem x h/privacy/; script-src y"},
		{"SCRIPT-SRC  'NONE' ;; upgrade-insecure-requests", "script-src h/privacy/; upgrade-insecure-requests"},
		{"", ""},
	} {
		s := Read([]string{c.site})
		s.AllowKept("h", "abc")
		if got := strings.Join(s.Fields(), ", "); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.site, got, c.want)
		}
	}
}

func TestPoliciesStayApart(t *testing.T) {
	s := Read([]string{"default-src a, img-src b", "font-src c"})
	if got := s.Fields(); len(got) != 3 || got[1] != "img-src b" {
		t.Errorf("the policies are %q", got)
	}
	if meta := ReadMeta("default-src a, b").Fields(); len(meta) != 1 {
		t.Errorf("a meta policy is %q", meta)
	}
}

func TestNonce(t *testing.T) {
	for policy, want := range map[string]string{
		"script-src 'nonce-r4nd'": "r4nd", "default-src 'self' 'NONCE-x'": "x", "script-src 'self'; style-src 'nonce-s'": "", "script-src 'nonce-'": "",
	} {
		if got := Read([]string{policy}).Nonce(); got != want {
			t.Errorf("%s: %q", policy, got)
		}
	}
	if !Read([]string{"script-src 'strict-dynamic' 'sha256-x'"}).TrustsByNonce() || Read([]string{"script-src 'self'"}).TrustsByNonce() {
		t.Error("strict-dynamic is mistaken")
	}
}

func TestHostsThatWouldBreakOutAreNoSources(t *testing.T) {
	for host, want := range map[string]bool{
		"a.example": true, "*.a.example": true, "a.example:8443": true, "127.0.0.1:9": true,
		"": false, "a.example; script-src *": false, "a.example,x": false, "[::1]:80": false, "a b": false, "*": false, "'self'": false,
	} {
		if IsSource(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
	s := Read([]string{"script-src 'none'"})
	s.AllowKept("h;script-src *", "")
	if got := s.Fields()[0]; got != "script-src 'none'" {
		t.Errorf("a host with a directive in it gives %s", got)
	}
}

func TestReportsGoNowhereHeld(t *testing.T) {
	s := Read([]string{"default-src 'self'; report-uri /own https://reports.example/r", "img-src a; report-uri https://reports.example/r"})
	s.HoldReports(func(url string) bool { return strings.HasPrefix(url, "https:") })
	if got := s.Fields(); got[0] != "default-src 'self'; report-uri /own" || got[1] != "img-src a" {
		t.Errorf("the policies are %q", got)
	}
}
