package account

import (
	"context"
	"fmt"
	"net/http"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/subject"
)

// InviteFor has the operator invite somebody to be an owner of a customer: its owners
// have left, or their mailbox is gone, and nobody there can. Whoever acts for it already
// hears of it by mail. Invalid if it is no address, Conflict if they act for it, or if
// the customer is closed.
func (a *Accounts) InviteFor(ctx context.Context, customer, email, by string) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	if email, err = mail.Normalise(email); err != nil {
		return err
	}
	people, err := a.People(ctx, customer)
	if err != nil {
		return err
	}
	_, lang, err := a.Registered(ctx, customer)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := lock(ctx, tx, customer); err != nil {
			return err
		}
		if stands, err := standsStill(ctx, tx, customer); err != nil || !stands {
			return firstError(err, fault.New(fault.Conflict, "this customer is closed"))
		}
		who, _, err := a.env.Subjects.Ensure(ctx, tx, subject.Email, email)
		if err != nil {
			return err
		}
		restricted, err := a.env.Subjects.Restricted(ctx)
		if err != nil || restricted[who] {
			return firstError(err, fault.New(fault.Refused, "this person's data is restricted: nobody writes to them until the restriction is lifted"))
		}
		if err := a.writeInvitation(ctx, tx, e, who, "", arrival{Email: email, Language: lang, Customer: customer, Role: access.CustomerOwner}); err != nil {
			return err
		}
		for _, p := range people {
			if p.Email == email {
				return fault.New(fault.Conflict, "they act for this customer already")
			}
			if err := a.post(ctx, tx, e, letter{What: "vouched", To: p.Email, Subject: p.subject, Lang: lang, Args: []any{email}}); err != nil {
				return err
			}
		}
		_, err = a.env.Ledger.Append(ctx, tx, "customer.invited-by", map[string]any{"customer": customer, "by": by})
		return err
	})
	if err != nil {
		return fmt.Errorf("invite an owner: %w", err)
	}
	return nil
}

// standsStill reports whether a customer is neither closed nor to be deleted.
func standsStill(ctx context.Context, q store.Querier, customer string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, "select count(*) from account_customer where id = $1 and closed_at is null and requested_at is null", customer).Scan(&n)
	return n > 0, store.Classify(err)
}

func (a *Accounts) deskInvite(w http.ResponseWriter, r *http.Request) error {
	f, who, err := a.deskForm(r)
	if err == nil {
		err = a.InviteFor(r.Context(), r.PathValue("id"), f.Value("email"), who.ID)
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		d, broken := a.deskView(r)
		if broken != nil {
			return broken
		}
		f.Refuse("email", d.T("desk.invite.wrong"))
		d.Form, d.Status = f, http.StatusBadRequest
		return pages.Show(a.env.Desk, w, r, "deskone", d)
	}
	if err != nil {
		return err
	}
	seeOther(w, to(a.env.Desk.Open(r, section), deskPath+"/"+r.PathValue("id"), "did", "invited"))
	return nil
}
