package mail

import (
	"crypto/ed25519"
	"strings"
	"testing"
)

// BenchmarkLetter writes a campaign's letter of about 6 kB with text and HTML.
func BenchmarkLetter(b *testing.B) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := NewSigner(key, "2026a", "kept.example")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name, line string
		signer     *Signer
	}{
		{"ASCII", "This is what has happened since the last letter, told in a line of usual length.", nil},
		{"German", "Das ist seit dem letzten Brief geschehen, erzählt in einer Zeile üblicher Länge.", nil},
		{"signed", "This is what has happened since the last letter, told in a line of usual length.", signer},
	} {
		m := Message{Activity: "news", Subject: "s", To: Address{Name: "Reader Number7", Mail: "reader7@example.net"}, Title: "News", Lang: "en",
			Text: "Hello Reader Number7,\n\n" + strings.Repeat(c.line+"\n\n", 22), Why: "You get this because you ordered our news.", Stop: "To stop it: https://kept.example/privacy/newsletter/leave/0123456789abcdef0123456789abcdef?lang=en",
			HTML: "<!doctype html><html><head><title>News</title></head><body>\n" + strings.Repeat("<p style=\"margin:0 0 1em\">"+c.line+"</p>\n", 22) + "</body></html>\n",
			List: &List{ID: "news.kept.example", Title: "Kept", Unsubscribe: "https://kept.example/privacy/newsletter/leave/0123456789abcdef0123456789abcdef"}}
		b.Run(c.name, func(b *testing.B) {
			l := head
			l.signer = c.signer
			var s sheet
			b.ReportAllocs()
			for b.Loop() {
				out, err := l.writeOn(&s, &m, "0123456789abcdefghjkmnpqrs", "", start2026)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(out)))
			}
		})
	}
}
