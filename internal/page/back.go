package page

import (
	"net/url"
	"strings"
)

const longestBack = 2048 // bytes

// LocalPath returns path if it leads to a place on this host, else "/". It is
// what keeps a form from sending a person anywhere else.
func LocalPath(path string) string {
	if len(path) > longestBack || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "/"
	}
	for _, c := range []byte(path) {
		if c <= ' ' || c == '\\' || c == 0x7f {
			return "/"
		}
	}
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return u.RequestURI()
}
