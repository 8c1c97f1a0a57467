package newsletter

import (
	"context"

	"kept/internal/store"
)

// Report is what became of a campaign.
type Report struct {
	Campaign Campaign `json:"campaign"`
	Links    []Link   `json:"links"`
	Opens    bool     `json:"opens"`  // openings are counted
	Clicks   bool     `json:"clicks"` // clicks are
	Letters  Letters  `json:"letters"`
}

// Link is one of a campaign's with how often it was followed.
type Link struct {
	Address string `json:"address"`
	Clicks  int64  `json:"clicks"`
}

// Letters counts the letters of which something is still kept, so that numbers
// can be opened.
type Letters struct {
	Sent       int64 `json:"sent"`
	Refused    int64 `json:"refused"`
	Bounced    int64 `json:"bounced"`
	Complained int64 `json:"complained"`
	Opened     int64 `json:"opened"`
	Clicked    int64 `json:"clicked"`
	Waiting    int64 `json:"waiting"`
}

// Report returns what became of a campaign.
func (n *Newsletter) Report(ctx context.Context, id string) (r Report, err error) {
	if r.Campaign, err = n.Campaign(ctx, id); err != nil {
		return r, err
	}
	if a, err := n.declared(r.Campaign.Activity); err == nil {
		r.Opens, r.Clicks = a.Settings.Flag("measure", fieldOpens), a.Settings.Flag("measure", fieldClicks)
	}
	err = n.env.DB.QueryRowContext(ctx, `select count(case when outcome = 'sent' then 1 end), count(case when outcome = 'refused' then 1 end), count(case when outcome = 'bounced' then 1 end),
		count(case when outcome = 'complained' then 1 end), count(opened_at), count(clicks), count(due_at) from newsletter_dispatch where campaign = $1`, id).
		Scan(&r.Letters.Sent, &r.Letters.Refused, &r.Letters.Bounced, &r.Letters.Complained, &r.Letters.Opened, &r.Letters.Clicked, &r.Letters.Waiting)
	if err != nil {
		return r, store.Classify(err)
	}
	rows, err := n.env.DB.QueryContext(ctx, "select address, clicks from newsletter_link where campaign = $1 order by clicks desc, address", id)
	if err != nil {
		return r, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Link
		if err := rows.Scan(&l.Address, &l.Clicks); err != nil {
			return r, err
		}
		r.Links = append(r.Links, l)
	}
	return r, store.Classify(rows.Err())
}
