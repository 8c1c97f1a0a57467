package center

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"kept/internal/access"
	"kept/internal/consent"
	"kept/internal/fault"
	forms "kept/internal/page"
	"kept/internal/policy"
)

// choose takes a choice from the banner, the settings or a stand-in. The form
// says choice = accept, refuse or save (what is ticked), or names one service as
// once or allow, and says where it stood. The answer leads back to the page, or
// is JSON for the banner's script.
func (c *Center) choose(w http.ResponseWriter, r *http.Request) error {
	if err := c.origins.Check(r); err != nil {
		return fault.New(fault.Forbidden, "this choice came from another site: %w", err)
	}
	c.allowOrigin(w, r)
	access.Personal(w.Header())
	if err := c.Consent.Admit(r); err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	p, e := c.open(r, "")
	before := c.Consent.State(r)
	if r.PostForm.Has("once") {
		return c.once(w, r, p, e)
	}
	q, err := e.request(r, p.Lang, before)
	if err != nil {
		return err
	}
	out, err := c.Consent.Decide(r.Context(), q)
	if fault.Is(err, fault.Conflict) {
		return c.changed(w, p, q.Source)
	}
	if err != nil {
		return fmt.Errorf("decide: %w", err)
	}
	http.SetCookie(w, out.Cookie)
	e.clear(w, r, before, out)
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		return answerJSON(w, e.differ(before, out.State))
	}
	if q.Source == consent.Settings && before.Decision != "" && out.State.Decision == "" {
		return c.withdrawn(w, p, out)
	}
	back(w, p, q.Source)
	return nil
}

// readForm reads the form of a POST; what is no form is the sender's fault.
func readForm(r *http.Request) error {
	_, err := forms.Read(r)
	return err
}

// changedPage says that what was decided on is not what is asked now.
type changedPage struct {
	page
	Again string // where the text stands as it is now
}

// changed answers an acceptance of a text that is not in force, or of none that
// the form names: nobody agrees to what they were not shown.
func (c *Center) changed(w http.ResponseWriter, p page, from consent.Source) error {
	p.Title = p.T("changed.title")
	p.Here = "/privacy/settings"
	return show(w, http.StatusConflict, "changed", p.Lang, changedPage{page: p, Again: p.asked(from)})
}

// request turns the form into a request. What it names must be on offer.
func (e *edition) request(r *http.Request, lang string, before consent.State) (consent.Request, error) {
	form := r.PostForm
	q := consent.Request{
		Language: lang, Source: source(form.Get("source")), NoticeHash: form.Get("notice"), Previous: before, GPC: before.GPC,
	}
	asked := form["asked"]
	switch choice := form.Get("choice"); {
	case form.Has("allow"):
		q.Source = consent.Placeholder
		q.Services = form["allow"]
	case choice == "accept" && len(asked) > 0:
		q.Groups = asked
	case choice == "accept":
		q.All = true
	case choice == "refuse":
	case choice == "save":
		q.Groups, q.Services, q.Without = e.ticked(form["group"], form["service"], form["listed"])
	default:
		return q, fault.New(fault.Invalid, "the form makes no choice: accept, refuse or save, or one service to allow or to load once")
	}
	if len(asked) > 0 {
		e.keep(&q, asked)
	}
	if q.Source != consent.Placeholder {
		q.None = !q.All && len(q.Groups)+len(q.Services) == 0
	}
	for _, g := range q.Groups {
		if e.policy.Group(g) == nil {
			return q, fault.New(fault.Invalid, "there is no such group")
		}
	}
	for _, s := range slices.Concat(q.Services, q.Without) {
		if x := e.policy.Service(s); x == nil || !x.NeedsConsent() {
			return q, fault.New(fault.Invalid, "there is no such service to decide on")
		}
	}
	return q, nil
}

// keep adds to q what was decided before about groups that this form did not
// ask about: a banner asks again only for what changed.
func (e *edition) keep(q *consent.Request, asked []string) {
	unasked := func(service string) bool {
		s := e.policy.Service(service)
		return s != nil && !slices.Contains(asked, s.Group)
	}
	for _, g := range q.Previous.Groups {
		if !slices.Contains(asked, g) {
			q.Groups = append(q.Groups, g)
		}
	}
	for _, s := range q.Previous.Services {
		if unasked(s) && !slices.Contains(q.Services, s) {
			q.Services = append(q.Services, s)
		}
	}
	for _, s := range q.Previous.Without {
		if unasked(s) {
			q.Without = append(q.Without, s)
		}
	}
}

// ticked reads the boxes. A group's box stands for all that is in it, unless
// the form listed the group's services one by one as they stood (listed): then
// a listed service that is not ticked is refused.
func (e *edition) ticked(groups, services, listed []string) (accepted, single, without []string) {
	for _, name := range services {
		if s := e.policy.Service(name); s == nil || !slices.Contains(groups, s.Group) {
			single = append(single, name)
		}
	}
	for _, name := range listed {
		if s := e.policy.Service(name); s != nil && slices.Contains(groups, s.Group) && !slices.Contains(services, name) {
			without = append(without, name)
		}
	}
	return groups, single, without
}

func source(name string) consent.Source {
	switch s := consent.Source(name); s {
	case consent.Banner, consent.Settings:
		return s
	}
	return consent.NoScript
}

// once lets one page view load one service. Nothing of it is kept.
func (c *Center) once(w http.ResponseWriter, r *http.Request, p page, e *edition) error {
	s := e.policy.Service(r.PostForm.Get("once"))
	if s == nil || !s.NeedsConsent() {
		return fault.New(fault.Invalid, "there is no such service to load")
	}
	cookie, err := c.Consent.Once(s.Key)
	if err != nil {
		return fmt.Errorf("load once: %w", err)
	}
	http.SetCookie(w, cookie)
	back(w, p, consent.Placeholder)
	return nil
}

// back leads to where the form stood. A choice made in the settings leads to
// the settings again, which then show it.
func back(w http.ResponseWriter, p page, from consent.Source) {
	w.Header().Set("Location", p.asked(from))
	w.WriteHeader(http.StatusSeeOther)
}

// asked is the address of the page that a form stood on.
func (p page) asked(from consent.Source) string {
	if from == consent.Settings {
		return p.To("/privacy/settings")
	}
	return p.Back
}

// answerJSON tells the banner's script whether the page looks different now.
func answerJSON(w http.ResponseWriter, changed bool) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return json.NewEncoder(w).Encode(map[string]bool{"reload": changed})
}

// differ reports whether a page that was made under a looks different under b.
func (e *edition) differ(a, b consent.State) bool {
	return !slices.Equal(allowed(e.policy, a), allowed(e.policy, b)) || !slices.Equal(a.Groups, b.Groups)
}

// allowed lists the services that st lets pages load.
func allowed(p *policy.Policy, st consent.State) []string {
	var keys []string
	for i := range p.Services {
		if s := &p.Services[i]; s.NeedsConsent() && st.Allows(p, s.Key) {
			keys = append(keys, s.Key)
		}
	}
	return keys
}
