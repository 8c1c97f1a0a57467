package newsletter

import (
	"context"
	"time"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/subject"
)

// Proof is how somebody consented, and how it ended.
type Proof struct {
	ID, Subject string
	Activity    string // key of the entry
	Address     string // the mail address
	Source      string
	SignedUp    time.Time
	SignedUpIP  string
	Text        string   // that was shown
	Version     string   // of the form
	Topics      []string // chosen with it
	Origin      string   // where an import took it over from
	Sold        time.Time
	SoldWhat    string // the sale that the address is known from
	Told        string // how they were told that they may object

	Confirmed       time.Time
	ConfirmedIP     string
	ConfirmedLeaf   string
	Unsubscribed    time.Time
	UnsubscribedBy  string
	UnsubscribeLeaf string
	Changes         []Change

	// Restricted says that who it is and what they saw is not shown (Art. 18(2) GDPR).
	Restricted bool `json:",omitempty"`
}

// Change is a later change to a subscriber's details.
type Change struct {
	At     time.Time
	IP     string
	Topics []string // from then on, if they were changed
	Fields []string // that were changed; what they hold ends with the subscription
}

// proof reads the one whose column holds a value; NotFound if none does.
func (n *Newsletter) proof(ctx context.Context, q store.Querier, column string, value any) (Proof, error) {
	var p Proof
	var signedUp, confirmed, unsubscribed, sold store.Time
	var signedUpIP, address, confirmedIP, origin, soldWhat, told []byte
	var topics store.JSON[[]string]
	err := q.QueryRowContext(ctx, `select id, activity, subject, signed_up_at, coalesce(source, ''), sign_up_address, proof_address, coalesce(text_shown, ''),
		coalesce(form_version, ''), topics, origin, sold_at, sold, told, confirmed_at, confirm_address, coalesce(confirm_leaf, ''), unsubscribed_at,
		coalesce(unsubscribed_by, ''), coalesce(unsubscribe_leaf, '') from newsletter_proof where `+column+" = $1", value).
		Scan(&p.ID, &p.Activity, &p.Subject, &signedUp, &p.Source, &signedUpIP, &address, &p.Text, &p.Version, &topics, &origin, &sold, &soldWhat, &told,
			&confirmed, &confirmedIP, &p.ConfirmedLeaf, &unsubscribed, &p.UnsubscribedBy, &p.UnsubscribeLeaf)
	if err != nil {
		return p, store.Classify(err)
	}
	p.SignedUp, p.Confirmed, p.Unsubscribed, p.Sold, p.Topics = signedUp.Time, confirmed.Time, unsubscribed.Time, sold.Time, topics.V
	open := n.env.Opener(ctx, p.Subject)
	p.Address = open.Text(proofTable+".proof_address", address)
	p.SignedUpIP = open.Text(proofTable+".sign_up_address", signedUpIP)
	p.ConfirmedIP = open.Text(proofTable+".confirm_address", confirmedIP)
	p.Origin = open.Text(proofTable+".origin", origin)
	p.SoldWhat = open.Text(proofTable+".sold", soldWhat)
	p.Told = open.Text(proofTable+".told", told)
	return p, open.Err()
}

// Proofs returns the proofs of an address, the newest first.
func (n *Newsletter) Proofs(ctx context.Context, address string) (found []Proof, err error) {
	address, err = mail.Normalise(address)
	if err != nil {
		return nil, err
	}
	who, err := n.env.Subjects.Find(ctx, n.env.DB, subject.Email, address)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ids, err := store.Texts(ctx, n.env.DB, "select id from newsletter_proof where subject = $1 order by signed_up_at desc", who)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		p, err := n.Proof(ctx, id)
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

// Look is Proofs for somebody of the staff: that they looked goes into the ledger.
func (n *Newsletter) Look(ctx context.Context, address, by string) (found []Proof, err error) {
	if found, err = n.Proofs(ctx, address); err != nil {
		return nil, err
	}
	err = n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := n.env.Ledger.Append(ctx, tx, "newsletter.searched", map[string]any{"found": len(found), "staff": by})
		return err
	})
	return found, err
}

// Proof returns the proof called id with every later change, NotFound if there
// is none. Of somebody whose data is restricted it says that there is one, and when.
func (n *Newsletter) Proof(ctx context.Context, id string) (Proof, error) {
	p, err := n.proof(ctx, n.env.DB, "id", id)
	if err == nil {
		p, err = n.unnamedProof(ctx, p)
	}
	if err != nil || p.Restricted {
		return p, err
	}
	rows, err := n.env.DB.QueryContext(ctx, "select at, address, changed, topics from newsletter_change where proof = $1 order by at, id", id)
	if err != nil {
		return p, store.Classify(err)
	}
	defer rows.Close()
	open := n.env.Opener(ctx, p.Subject)
	for rows.Next() {
		var at store.Time
		var address []byte
		var changed, topics store.JSON[[]string]
		if err := rows.Scan(&at, &address, &changed, &topics); err != nil {
			return p, err
		}
		p.Changes = append(p.Changes, Change{At: at.Time, IP: open.Text(changeTable+".address", address), Fields: changed.V, Topics: topics.V})
	}
	if err := rows.Err(); err != nil {
		return p, store.Classify(err)
	}
	return p, open.Err()
}

// Suppressed reports whether an address must not be written to because its owner
// ended an entry's mails. No address is stored for that.
func (n *Newsletter) Suppressed(ctx context.Context, q store.Querier, activity, address string) (bool, error) {
	mark, err := n.suppression(address)
	if err != nil {
		return false, err
	}
	var barred bool
	err = q.QueryRowContext(ctx, "select exists (select 1 from newsletter_proof where suppression = $1 and activity = $2)", mark, activity).Scan(&barred)
	return barred, store.Classify(err)
}

func (n *Newsletter) suppression(address string) ([]byte, error) {
	address, err := mail.Normalise(address)
	if err != nil {
		return nil, err
	}
	return n.env.Vault.Index("newsletter/suppression", address), nil
}
