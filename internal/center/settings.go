package center

import (
	"encoding/base64"
	"html/template"
	"net/http"

	"kept/internal/access"
	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/i18n"
)

// settingsPage shows what is asked, how it was decided, and every cookie.
type settingsPage struct {
	page
	State      string
	Decided    bool   // somebody decided in this browser
	Held       bool   // an acceptance stands, so there is something to withdraw
	Signalled  string // groups that the browser's signal refuses
	NoticeHash string
	Offer      offer
	Cookies    []notice.Cookie
}

// Sentence joins items as the page's language does.
func (s settingsPage) Sentence(items []string) string { return i18n.List(items, s.Lang) }

func (c *Center) settings(w http.ResponseWriter, r *http.Request) error {
	p, e := c.open(r, "settings.title")
	st := c.Consent.State(r)
	view := settingsPage{
		page: p, State: p.T("state." + stateOf(st)), Decided: st.Decision != "" || st.Refused, Held: st.Decision != "", Signalled: e.signalled(p.Lang, st.GPC), NoticeHash: e.notices[p.Lang].Hash,
		Offer: offered(e.policy, p.Lang, st), Cookies: notice.Cookies(e.policy, p.Lang),
	}
	access.Personal(w.Header())
	return show(w, http.StatusOK, "settings", p.Lang, view)
}

// signalled names the groups that a browser's signal refuses, nothing without
// the signal.
func (e *edition) signalled(lang string, gpc bool) string {
	if !gpc {
		return ""
	}
	return i18n.List(notice.NewNames(e.policy, lang).Signalled(), lang)
}

// stateOf names a state for the words.
func stateOf(st consent.State) string {
	switch {
	case st.Decision != "" && st.Known:
		return "accepted"
	case st.Decision != "":
		return "asked-again"
	case st.Refused:
		return "refused"
	}
	return "undecided"
}

// withdrawnPage confirms a withdrawal.
type withdrawnPage struct {
	page
	Receipt template.URL // the receipt as a data: address; empty if there is none
}

// withdrawn hands out the receipt of a withdrawal at once: afterwards the
// browser holds nothing by which it could be found again.
func (c *Center) withdrawn(w http.ResponseWriter, p page, out consent.Outcome) error {
	p.Title = p.T("withdrawn.title")
	p.Here = "/privacy/settings"
	view := withdrawnPage{page: p}
	if len(out.Receipt) > 0 {
		view.Receipt = template.URL("data:application/json;base64," + base64.StdEncoding.EncodeToString(out.Receipt))
	}
	return show(w, http.StatusOK, "withdrawn", p.Lang, view)
}
