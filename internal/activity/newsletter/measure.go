package newsletter

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// nobody stands in an address in place of a letter where no person is kept.
const nobody = "0"

// Where links lead and the picture lies.
const (
	goPath   = Path + "/go/"
	seenPath = Path + "/seen/"
)

// follow says where the links of a letter lead: there directly, unless the reader
// agreed that clicks are counted. Only the field lets it be known whose they are.
func (r *run) follow(d *due, lang string) func(n int) string {
	links := r.issues[lang].Links
	if !agreed(r.entry, d.measured, fieldClicks) {
		return nil
	}
	letter := d.id
	if !r.entry.Has(fieldClicks) {
		letter = nobody
	}
	return func(n int) string {
		id := r.links[links[n]]
		if id == "" {
			return links[n]
		}
		return r.env.Mail.Link(goPath + id + "-" + letter + "-" + r.mark("click", id, letter))
	}
}

// pixel is the address of the picture that counts an opening; empty unless the
// policy measures it and the reader agreed.
func (r *run) pixel(d *due) string {
	if !agreed(r.entry, d.measured, fieldOpens) {
		return ""
	}
	letter := d.id
	if !r.entry.Has(fieldOpens) {
		letter = nobody
	}
	return r.env.Mail.Link(seenPath + r.c.ID + "-" + letter + "-" + r.mark("open", r.c.ID, letter))
}

// marked takes an address apart; NotFound if it was not made here.
func (n *Newsletter) marked(what, token string) (id, letter string, err error) {
	parts := strings.Split(token, "-")
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(n.mark(what, parts[0], parts[1])), []byte(parts[2])) != 1 {
		return "", "", fault.New(fault.NotFound, "this link is not one of ours, or it is damaged; open it from the mail again")
	}
	return parts[0], parts[1], nil
}

// goTo counts a click and leads on: to the address that stands with the campaign,
// never to one that a request brings.
func (n *Newsletter) goTo(w http.ResponseWriter, r *http.Request) error {
	id, letter, err := n.marked("click", r.PathValue("token"))
	if err != nil {
		return err
	}
	var address, campaign string
	err = store.Classify(n.env.DB.QueryRowContext(r.Context(), "select address, campaign from newsletter_link where id = $1", id).Scan(&address, &campaign))
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "the mail that this link stood in is not kept any more")
	}
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet && r.Header.Get("Sec-Purpose") == "" { // a look ahead is no click
		if err := n.clicked(r.Context(), campaign, id, letter, address); err != nil {
			n.env.Log.WarnContext(r.Context(), "a click was not counted", "error", err) // whoever reads wants to get there
		}
	}
	access.Personal(w.Header())
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// mostClicks bounds what is kept of one letter.
const mostClicks = 100

// click is one link that a reader followed.
type click struct {
	At time.Time `json:"at"`
	To string    `json:"to"`
}

// clicked counts a click, and keeps it with the letter where the policy lists that
// and the reader still agrees.
func (n *Newsletter) clicked(ctx context.Context, campaign, link, letter, address string) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := n.measured(ctx, tx, campaign, letter, fieldClicks)
		if a == nil || err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "update newsletter_link set clicks = clicks + 1 where id = $1", link); err != nil || letter == nobody || !a.Has(fieldClicks) {
			return store.Classify(err)
		}
		// The first statement locks the row: two clicks at a time are both kept.
		if _, err := tx.ExecContext(ctx, "update newsletter_dispatch set code = code where id = $1", letter); err != nil {
			return store.Classify(err)
		}
		var all store.JSON[[]click]
		if err := tx.QueryRowContext(ctx, "select clicks from newsletter_dispatch where id = $1", letter).Scan(&all); err != nil {
			return store.Classify(err)
		}
		if len(all.V) >= mostClicks {
			return nil
		}
		all.V = append(all.V, click{At: n.env.Clock.Now().UTC().Truncate(time.Second), To: address})
		_, err = tx.ExecContext(ctx, "update newsletter_dispatch set clicks = $2 where id = $1", letter, all)
		return store.Classify(err)
	})
}

// measured returns the entry of a campaign if a measure is done now and, of a
// letter, if it may be kept: its reader's subscription stands, they did not object
// and their data is not restricted. Nil if nothing is to be counted.
func (n *Newsletter) measured(ctx context.Context, tx *store.Tx, campaign, letter, measure string) (*policy.Activity, error) {
	var key string
	if err := tx.QueryRowContext(ctx, "select activity from newsletter_campaign where id = $1", campaign).Scan(&key); err != nil {
		return nil, ignoreMissing(store.Classify(err))
	}
	a, err := n.declared(key)
	if err != nil || !a.Settings.Flag("measure", measure) {
		return nil, ignoreMissing(err)
	}
	if letter == nobody {
		return a, nil
	}
	var who, measured string
	err = store.Classify(tx.QueryRowContext(ctx, `select d.subject, coalesce(s.measured, '') from newsletter_dispatch d join newsletter_subscriber s on s.id = d.subscription
		where d.id = $1 and d.campaign = $2 and s.unsubscribed_at is null`, letter, campaign).Scan(&who, &measured))
	if err != nil {
		return nil, ignoreMissing(err)
	}
	barred, err := n.barred(ctx, a.Key)
	if err != nil || barred(who) || !agreed(a, measured, measure) {
		return nil, err
	}
	return a, nil
}

// dot is a picture of one transparent pixel (GIF).
var dot, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

// seen counts an opening and answers with a picture of nothing.
func (n *Newsletter) seen(w http.ResponseWriter, r *http.Request) error {
	campaign, letter, err := n.marked("open", r.PathValue("token"))
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet {
		if err := n.opening(r.Context(), campaign, letter); err != nil {
			n.env.Log.WarnContext(r.Context(), "an opening was not counted", "error", err)
		}
	}
	access.Personal(w.Header())
	w.Header().Set("Content-Type", "image/gif")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(dot)
	return nil
}

func (n *Newsletter) opening(ctx context.Context, campaign, letter string) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := n.measured(ctx, tx, campaign, letter, fieldOpens)
		if a == nil || err != nil {
			return err
		}
		if letter != nobody && a.Has(fieldOpens) {
			done, err := tx.ExecContext(ctx, "update newsletter_dispatch set opened_at = $2 where id = $1 and opened_at is null", letter, store.At(n.env.Clock.Now()))
			if err != nil {
				return store.Classify(err)
			}
			if rows, err := done.RowsAffected(); err != nil || rows == 0 { // a letter counts once
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "update newsletter_campaign set opened = opened + 1 where id = $1", campaign)
		return store.Classify(err)
	})
}
