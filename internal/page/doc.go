// Package page is how a kind of activity shows pages without knowing on whose
// they stand: a page of the site's door is framed by the privacy center, one of
// the console's door by the console. A kind brings templates, a struct a page and
// words; the shell brings the frame, the language, the headers and the style.
//
//	//go:embed templates
//	var sources embed.FS
//	var pages = page.Parse(sources, "templates") // each file defines "body"
//
//	type listPage struct {
//		page.Base
//		Conferences []Conference
//	}
//
//	func (m *Register) list(w http.ResponseWriter, r *http.Request) error {
//		d := listPage{Base: m.env.Desk.Open(r, "meeting")} // section of the words
//		d.Title = d.T("list.title")
//		…
//		return pages.Show(m.env.Desk, w, r, "list", d)
//	}
//
// Env.Site is the shell of public pages (routes at access.Site, below
// /privacy/<kind>/), Env.Desk that of the staff's (routes at access.Console, below
// /<kind>). A kind whose Running has Entries stands in the console's navigation.
// Forms are read by Read, say what is wrong beside each field, and keep what was
// typed; templates draw a field by {{template "field" (field . "email"
// "type=email" "required")}}.
//
// The room refuses style of its own, frames but those of a preview (Base.Frames), and
// every script but the one of Kept's own that a public page names (Base.Script): what
// a shell's headers allow is all there is. It opens nothing and knows neither kinds
// nor policies.
package page
