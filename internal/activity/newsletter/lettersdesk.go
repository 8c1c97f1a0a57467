package newsletter

import (
	"context"
	"net/http"
	"time"

	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/store"
)

// lettersPage are the letters behind a number, with whose they are.
type lettersPage struct {
	page.Base
	Campaign Campaign
	State    string
	Letters  []LetterRow
	More     bool
	Back     string
}

// LetterRow is one letter with what is kept of it.
type LetterRow struct {
	Address string
	Sent    time.Time
	Opened  time.Time
	Outcome string
	Code    int
	Status  string
	Clicks  []click

	Restricted bool // who it is is not shown (Art. 18(2) GDPR)
}

// shownLetters is how many letters a page shows.
const shownLetters = 200

// lettersWhere says which letters a number of the report stands for.
var lettersWhere = map[string]string{
	"sent": "outcome = 'sent'", "refused": "outcome = 'refused'", "bounced": "outcome = 'bounced'", "complained": "outcome = 'complained'",
	"opened": "opened_at is not null", "clicked": "clicks is not null", "waiting": "due_at is not null",
}

// listLetters opens the rows behind a number. That it was done goes into the ledger.
func (n *Newsletter) listLetters(w http.ResponseWriter, r *http.Request) error {
	who, err := n.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := lettersPage{Base: n.env.Desk.Open(r, "newsletter"), State: r.PathValue("state")}
	if d.Campaign, err = n.Campaign(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	if lettersWhere[d.State] == "" {
		return fault.New(fault.NotFound, "there is no such page")
	}
	d.Title, d.Here, d.Back = d.T("letters."+d.State), deskPath, d.To(campaignsPath+"/"+d.Campaign.ID)
	if d.Letters, d.More, err = n.letters(r.Context(), &d.Campaign, d.State); err != nil {
		return err
	}
	err = n.env.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := n.env.Ledger.Append(ctx, tx, "newsletter.letters-opened", map[string]any{"staff": who.ID, "campaign": d.Campaign.ID, "state": d.State, "count": len(d.Letters)})
		return err
	})
	if err != nil {
		return err
	}
	return n.pages.Show(n.env.Desk, w, r, "letters", d)
}

func (n *Newsletter) letters(ctx context.Context, c *Campaign, state string) (found []LetterRow, more bool, err error) {
	a, err := n.declared(c.Activity)
	if err != nil {
		return nil, false, err
	}
	restricted, err := n.env.Subjects.Restricted(ctx)
	if err != nil {
		return nil, false, err
	}
	rows, err := n.env.DB.QueryContext(ctx, `select d.subject, s.email, d.sent_at, d.opened_at, coalesce(d.outcome, ''), coalesce(d.code, 0), coalesce(d.status, ''), d.clicks
		from newsletter_dispatch d left join newsletter_subscriber s on s.id = d.subscription where d.campaign = $1 and d.`+lettersWhere[state]+" order by d.id limit $2", c.ID, shownLetters+1)
	if err != nil {
		return nil, false, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var l LetterRow
		var subject string
		var email []byte
		var sent, opened store.Time
		var clicks store.JSON[[]click]
		if err := rows.Scan(&subject, &email, &sent, &opened, &l.Outcome, &l.Code, &l.Status, &clicks); err != nil {
			return nil, false, err
		}
		if restricted[subject] {
			found = append(found, LetterRow{Restricted: true})
			continue
		}
		open := n.quick(ctx, n.env.Vault, a, subject)
		l.Address, l.Sent, l.Opened, l.Clicks = open.field(fieldEmail, email), sent.Time, opened.Time, clicks.V
		if open.Err() != nil {
			return nil, false, open.Err()
		}
		found = append(found, l)
	}
	if len(found) > shownLetters {
		found, more = found[:shownLetters], true
	}
	return found, more, store.Classify(rows.Err())
}
