package notice

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
)

// One template for any notice: it knows blocks, not their meaning. Tables carry
// their head in each cell's data-head, so that a narrow page can set a row as a
// list; links say in data-at what a printed page has to spell out.
var article = template.Must(template.New("notice").Funcs(template.FuncMap{"cell": cellOf}).Parse(
	`{{define "para"}}{{range .}}{{if .Href}}<a href="{{.Href}}"{{with .Address}} data-at="{{.}}"{{end}}>{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}{{end -}}
{{define "list"}}<ul>
{{range .}}<li>{{template "para" .}}</li>
{{end}}</ul>
{{end -}}
{{define "terms"}}<dl>
{{range .}}<dt>{{.Name}}</dt>
{{range .Says}}<dd>{{template "para" .}}</dd>
{{end}}{{end}}</dl>
{{end -}}
{{define "table"}}<table>
<thead><tr>{{range .Head}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{$head := .Head}}{{range .Rows}}<tr>{{range $i, $p := .}}{{if eq $i 0}}<th scope="row">{{template "para" $p}}</th>{{else}}<td data-head="{{cell $head $i}}">{{template "para" $p}}</td>{{end}}{{end}}</tr>
{{end}}</tbody>
</table>
{{end -}}
{{define "contents"}}<nav aria-labelledby="contents"><h2 id="contents">{{.Contents}}</h2>
<ol>
{{range .Chapters}}<li><a href="#{{.ID}}">{{.Title}}</a></li>
{{end}}</ol></nav>
{{end -}}
{{define "heading"}}{{if eq .Level 2}}<h2 id="{{.ID}}">{{.Title}}</h2>{{else}}<h3 id="{{.ID}}">{{.Title}}</h3>{{end}}{{end -}}
{{define "chapter"}}{{if .Folds}}<details class="chapter"><summary>{{template "heading" .}}</summary>{{else}}{{template "heading" .}}{{end}}
{{range .Blocks}}{{if .Para}}<p>{{template "para" .Para}}</p>
{{else if .List}}{{template "list" .List}}{{else if .Terms}}{{template "terms" .Terms}}{{else}}{{template "table" .Table}}{{end}}{{end}}{{range .Parts}}{{template "chapter" .}}{{end}}{{if .Folds}}</details>
{{end}}{{end -}}
<article class="notice" lang="{{.Lang}}">
<h1>{{.Title}}</h1>
<p class="stand">{{.Stand}}</p>
{{range $i, $c := .Body}}{{if eq $i 1}}{{template "contents" $}}{{end}}{{template "chapter" $c}}{{end}}</article>
`))

func cellOf(head []string, i int) string { return head[i] }

// HTML returns the notice as an article to be set into a page. It holds no
// script, no style, and no address but those that the policy names.
func (n Notice) HTML() template.HTML { return n.article(false) }

func (n Notice) article(fold bool) template.HTML {
	var b strings.Builder
	err := article.Execute(&b, struct {
		Notice
		Body []chapter
	}{n, n.chapters(fold)})
	if err != nil {
		panic("notice: " + err.Error()) // typed data into a fixed template, written to memory
	}
	return template.HTML(b.String()) // #nosec: made by html/template
}

//go:embed page.css
var style string

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Kept">
<title>{{.Title}} · {{.Issuer}}</title>
<style>
{{.Style}}</style>
</head>
<body>
{{.Article}}</body>
</html>
`))

// Page returns the notice as a page that stands alone, for a site that is not
// behind Kept: one file with its style, nothing to load, nothing that runs.
func (n Notice) Page(issuer string) []byte {
	var b bytes.Buffer
	err := page.Execute(&b, struct {
		Lang, Title, Issuer string
		Style               template.CSS
		Article             template.HTML
	}{n.Lang, n.Title, issuer, template.CSS(style), n.HTML()})
	if err != nil {
		panic("notice: " + err.Error()) // typed data into a fixed template, written to memory
	}
	return b.Bytes()
}
