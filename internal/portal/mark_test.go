package portal

import (
	"html/template"
	"testing"
)

// Every form that changes something says for whom it was shown, whatever else its tag
// and its address say; nothing else on the page does.
func TestFormsAreMarked(t *testing.T) {
	for body, want := range map[string]string{
		`<form method="post" action="/people/invite">`:                                         `<form method="post" action="/people/invite?for=m">`,
		`<form method="post" action="/account?lang=de" data-passkey="make">`:                   `<form method="post" action="/account?lang=de&amp;for=m" data-passkey="make">`,
		`<form class="fields" method="post" enctype="multipart/form-data" action="/sync/new">`: `<form class="fields" method="post" enctype="multipart/form-data" action="/sync/new?for=m">`,
		`<form method="get" action="/sync">`:                                                   `<form method="get" action="/sync">`,
		`<form method="post" action="https://elsewhere.example/">`:                             `<form method="post" action="https://elsewhere.example/">`,
		`<p>&lt;form method="post" action="/x"&gt;</p><a href="/people">`:                      `<p>&lt;form method="post" action="/x"&gt;</p><a href="/people">`,
	} {
		if got := marked(template.HTML(body), "m"); string(got) != want { //nolint:gosec // the test's own
			t.Errorf("%s\nbecomes %s", body, got)
		}
		if got := marked(template.HTML(body), ""); string(got) != body { //nolint:gosec // the test's own
			t.Errorf("to nobody in particular %s\nbecomes %s", body, got)
		}
	}
}
