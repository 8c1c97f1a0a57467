package newsletter

import (
	"net/http"

	"kept/internal/access"
)

// campaignsPath is where campaigns stand in the console.
const campaignsPath = deskPath + "/campaigns"

// maxDraft bounds the form of a campaign: both languages.
const maxDraft = 4 * maxCampaign

// campaignRoutes are the lines of campaigns in the access table.
func (n *Newsletter) campaignRoutes() []access.Route {
	site := func(pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Site, Method: http.MethodGet, Pattern: pattern, Right: access.Anyone, Handle: h}
	}
	desk := func(method, pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: campaignsPath + pattern, Right: access.Newsletter, MaxBody: maxDraft, Handle: h}
	}
	return []access.Route{
		site(goPath+"{token}", n.goTo),
		site(seenPath+"{token}", n.seen),
		site(archivePath, n.archive),
		site(archivePath+".atom", n.feed),
		site(archivePath+"/{id}", n.archived),
		desk(http.MethodGet, "", n.listCampaigns),
		desk(http.MethodGet, "/new", n.newCampaign),
		desk(http.MethodPost, "/new", n.keepCampaign),
		desk(http.MethodGet, "/{id}", n.showCampaign),
		desk(http.MethodGet, "/{id}/edit", n.editCampaign),
		desk(http.MethodPost, "/{id}/edit", n.keepCampaign),
		desk(http.MethodGet, "/{id}/preview", n.previewCampaign),
		desk(http.MethodGet, "/{id}/letter", n.showLetter),
		desk(http.MethodGet, "/{id}/letters/{state}", n.listLetters),
		desk(http.MethodPost, "/{id}/test", n.testCampaign),
		desk(http.MethodPost, "/{id}/send", n.sendCampaign),
		desk(http.MethodPost, "/{id}/{act}", n.actOnCampaign),
	}
}

type campaignsPage struct {
	deskBase
	Campaigns []Campaign
}

// Of names the newsletter that a campaign is of.
func (p campaignsPage) Of(key string) string {
	for _, a := range p.Entries {
		if a.Key == key {
			return a.Title.In(p.Lang)
		}
	}
	return key
}

func (n *Newsletter) listCampaigns(w http.ResponseWriter, r *http.Request) error {
	var d campaignsPage
	var err error
	if d.deskBase, err = n.desk(r); err != nil {
		return err
	}
	d.Title = d.T("campaigns.title")
	if d.Campaigns, err = n.Campaigns(r.Context(), 200); err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "campaigns", d)
}
