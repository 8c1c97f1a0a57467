package notice

import (
	"strings"

	"kept/internal/policy"
)

// services lists what pages load from elsewhere; no section if nothing is.
func (w *writer) services() []Section {
	if len(w.p.Services) == 0 {
		return nil
	}
	s := w.section(2, "services")
	s.para(say(w.t("services.about")))
	t := &Table{Head: []string{w.t("services.what"), w.t("services.provider"), w.t("services.data"), w.t("services.group")}}
	for i := range w.p.Services {
		x := &w.p.Services[i]
		group := w.group(x.Group)
		if reason := unstopped(x.Reason.In(w.lang)); reason != "" {
			group += ": " + reason
		}
		t.Rows = append(t.Rows, []Para{
			say(w.service(x)), link(w.recipient(x.Recipient), "#"+recipientID(x.Recipient)), say(w.loaded(x)), say(group),
		})
	}
	s.table(t)
	return []Section{s}
}

// loaded names what loading a service tells its provider. An address and what
// the browser says of itself go over with any request.
func (w *writer) loaded(s *policy.Service) string {
	if len(s.Data) == 0 {
		return w.t("services.request")
	}
	names := make([]string, len(s.Data))
	for i, r := range s.Data {
		names[i] = w.pageDatum(r.Name)
	}
	return strings.Join(names, ", ")
}

// pageDatum names a field of a page load.
func (w *writer) pageDatum(name string) string {
	for _, f := range policy.LoadFields() {
		if f.Name == name {
			return f.Title.In(w.lang)
		}
	}
	return spoken(name)
}
