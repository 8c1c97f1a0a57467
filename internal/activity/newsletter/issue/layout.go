package issue

import (
	_ "embed"
	"html"
	"strings"
)

//go:embed letter.css
var letterStyle string

const endOfBody = "</body>"

// layout is the page around a body. Both schemes stand in its style; mail
// programs that know none show the light one.
func layout(in Setting, style, body string) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="` + html.EscapeString(in.Lang) + `"><head><meta charset="utf-8">` +
		`<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">` +
		`<meta name="supported-color-schemes" content="light dark"><style>` + letterStyle)
	if in.Format == HTML {
		b.WriteString(style + `</style></head><body class="own">` + body)
	} else {
		b.WriteString(`</style></head><body><div class="letter"><p class="list">` + html.EscapeString(in.List) + `</p>` + body + `</div>`)
	}
	b.WriteString(endOfBody + "</html>")
	return b.String()
}

// picture is one that counts an opening and shows nothing.
func picture(address string) string {
	return `<img src="` + html.EscapeString(address) + `" width="1" height="1" alt="">`
}

// Scheme fixes the colour scheme of a page, for a preview: "light" or "dark".
func Scheme(page, scheme string) string {
	dark, light := "not all", "all"
	if scheme == "dark" {
		dark, light = "all", "not all"
	}
	for _, space := range []string{" ", ""} {
		page = strings.ReplaceAll(page, "(prefers-color-scheme:"+space+"dark)", dark)
		page = strings.ReplaceAll(page, "(prefers-color-scheme:"+space+"light)", light)
	}
	return strings.Replace(page, `name="color-scheme" content="light dark"`, `name="color-scheme" content="`+scheme+`"`, 1)
}
