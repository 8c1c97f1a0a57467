package meeting

import (
	"embed"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
)

//go:embed templates
var sources embed.FS

var pages = page.Parse(sources, "templates")

// section is where the kind's words stand in the catalogs.
const section = "meeting"

// Routes are the kind's lines of the access table.
func (m *Register) Routes() []access.Route {
	desk := func(method, path string, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: deskPath + path, Right: access.Meetings, Handle: h}
	}
	taking := desk(http.MethodPost, "/import", m.takeIn)
	taking.MaxBody, taking.Patience = 2*MaxReport, time.Minute // base64, with what stands around it
	recording := desk(http.MethodPost, "/{id}/record", m.register)
	recording.MaxBody = 2 * maxContent
	return []access.Route{
		{Door: access.Site, Method: http.MethodGet, Pattern: stopPath + "{token}", Right: access.Anyone, Handle: m.beforeStopping},
		{Door: access.Site, Method: http.MethodPost, Pattern: stopPath + "{token}", Right: access.Anyone, MaxBody: 4 << 10, Handle: m.stopping},
		{Door: access.Site, Method: http.MethodPost, Pattern: "/privacy/meetings/fathom/{activity}", Right: access.Anyone, MaxBody: MaxReport, Patience: time.Minute, Program: true, Handle: m.fathom},
		desk(http.MethodGet, "", m.list),
		desk(http.MethodGet, "/import", m.importForm),
		taking,
		desk(http.MethodGet, "/new", m.invitationForm),
		desk(http.MethodPost, "/new", m.invite),
		desk(http.MethodGet, "/{id}", m.one),
		desk(http.MethodPost, "/{id}/start", m.start),
		recording,
		desk(http.MethodPost, "/{id}/delete", m.remove),
	}
}

type stopPage struct {
	page.Base
	Token string
	Done  bool
}

// beforeStopping shows what the link does. It says nothing of a conference, so
// it is the same page whether the link leads to one.
func (m *Register) beforeStopping(w http.ResponseWriter, r *http.Request) error {
	return m.stopPage(w, r, false)
}

// stopping stops the recording; the answer is the same for a link that leads
// nowhere.
func (m *Register) stopping(w http.ResponseWriter, r *http.Request) error {
	form, err := page.Read(r)
	if err != nil {
		return err
	}
	if form.Value("do") != "stop" {
		return fault.New(fault.Invalid, "nothing was stopped; open the link and press the button on its page")
	}
	if err := m.Stop(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return m.stopPage(w, r, true)
}

func (m *Register) stopPage(w http.ResponseWriter, r *http.Request, done bool) error {
	d := stopPage{Base: m.env.Site.Open(r, section), Token: r.PathValue("token"), Done: done}
	d.Title = d.T("stop.title")
	return pages.Show(m.env.Site, w, r, "stop", d)
}
