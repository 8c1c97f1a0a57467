package account

import (
	"context"
	"fmt"
	"net/netip"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// Move asks for another address of who is signed in: it takes hold once the links of the
// mails to both addresses are used. The answer is the same whether the new one has an
// account. The caller has had it proven who they are.
func (a *Accounts) Move(ctx context.Context, client netip.Addr, s Session, email, lang string) error {
	return a.arrive(ctx, client, arrival{Wish: wantsMove, Email: email, Language: lang, Account: s.Account})
}

// answerMove writes to both addresses. To one that has an account it says so; the other
// gets its link all the same, and nothing comes of it.
func (a *Accounts) answerMove(ctx context.Context, tx *store.Tx, e *policy.Activity, w arrival) error {
	k, old, err := a.addressOf(ctx, tx, w.Account)
	if err != nil || old == w.Email {
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	}
	// A wish before this one is over.
	if _, err := tx.ExecContext(ctx, "delete from account_link where account = $1 and purpose in ($2, $3)", k.ID, string(purposeOld), string(purposeNew)); err != nil {
		return store.Classify(err)
	}
	pair := store.NewID()
	token, err := a.newLink(ctx, tx, k.ID, purposeOld, pair, nil)
	if err != nil {
		return err
	}
	err = a.post(ctx, tx, e, letter{What: "move.old", To: old, Subject: k.Subject, Lang: w.Language, Link: "/move/" + token, Key: a.slot("old/"+pair, old)})
	if err != nil {
		return err
	}
	taken, err := a.byEmail(ctx, tx, w.Email)
	if err == nil {
		return a.post(ctx, tx, e, letter{What: "known", To: w.Email, Subject: taken.Subject, Lang: w.Language, Link: "/sign-in", Key: a.slot("known", w.Email)})
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	s := a.env.Sealer(ctx, e, k.Subject)
	address := s.Text(linkTable+".address", fieldEmail, w.Email)
	if s.Err() != nil {
		return s.Err()
	}
	if token, err = a.newLink(ctx, tx, k.ID, purposeNew, pair, address); err != nil {
		return err
	}
	return a.post(ctx, tx, e, letter{What: "move.new", To: w.Email, Lang: w.Language, Link: "/move/" + token, Key: a.slot("new/"+pair, w.Email)})
}

// addressOf returns an account that stands with its address.
func (a *Accounts) addressOf(ctx context.Context, q store.Querier, account string) (k known, email string, err error) {
	if k, err = find(ctx, q, "id = $1 and "+standing, account); err != nil {
		return k, "", err
	}
	var sealed []byte
	if err := q.QueryRowContext(ctx, "select email from account where id = $1", account).Scan(&sealed); err != nil {
		return k, "", store.Classify(err)
	}
	o := a.env.Opener(ctx, k.Subject)
	email = o.Text("account.email", sealed)
	return k, email, o.Err()
}

// Moving says whether a link of a move stands. NotFound if it does not.
func (a *Accounts) Moving(ctx context.Context, token string) error {
	var n int
	err := a.env.DB.QueryRowContext(ctx, "select count(*) from account_link where token = $1 and purpose in ($2, $3) and used_at is null and created_at > $4",
		a.env.Mail.TokenMark("account/link", token), string(purposeOld), string(purposeNew), store.At(a.env.Clock.Now().Add(-linkLife))).Scan(&n)
	if err == nil && n == 0 {
		return used()
	}
	return store.Classify(err)
}

// Moved uses a link of a move; moved says that both have been, and that the account has
// the new address now. Every session has ended then. NotFound for a link that is unknown,
// used or too old.
func (a *Accounts) Moved(ctx context.Context, token string) (moved bool, err error) {
	e, err := a.entry()
	if err != nil {
		return false, err
	}
	var old string
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		account, err := a.useLink(ctx, tx, token, purposeNew)
		if fault.Is(err, fault.NotFound) {
			account, err = a.useLink(ctx, tx, token, purposeOld)
		}
		if err != nil {
			return err
		}
		var sealed []byte
		err = store.Classify(tx.QueryRowContext(ctx, `select n.address from account_link n join account_link o on o.pair = n.pair and o.purpose = $2
			where n.account = $1 and n.purpose = $3 and n.used_at is not null and o.used_at is not null`, account, string(purposeOld), string(purposeNew)).Scan(&sealed))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		moved = true
		old, err = a.move(ctx, tx, e, account, sealed)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("change an address: %w", err)
	}
	if old != "" {
		err = a.forget(ctx, e, old)
	}
	return moved, err
}

// move gives an account another address, and with it another person: whoever is known by
// the new address. What is sealed is sealed anew. It returns who it was before.
func (a *Accounts) move(ctx context.Context, tx *store.Tx, e *policy.Activity, account string, sealed []byte) (before string, err error) {
	k, err := find(ctx, tx, "id = $1 and "+standing, account)
	if err != nil {
		return "", err
	}
	o := a.env.Opener(ctx, k.Subject)
	email := o.Text(linkTable+".address", sealed)
	if o.Err() != nil || email == "" {
		return "", o.Err()
	}
	if _, err := a.byEmail(ctx, tx, email); !fault.Is(err, fault.NotFound) {
		if err == nil {
			err = fault.New(fault.Conflict, "this address has an account meanwhile")
		}
		return "", err
	}
	who, _, err := a.env.Subjects.Ensure(ctx, tx, subject.Email, email)
	if err != nil {
		return "", err
	}
	if err := shut(ctx, tx, account, ""); err != nil {
		return "", err
	}
	if err := a.reseal(ctx, tx, e, account, k.Subject, who); err != nil {
		return "", err
	}
	s := a.env.Sealer(ctx, e, who)
	address := s.Text("account.email", fieldEmail, email)
	if s.Err() != nil {
		return "", s.Err()
	}
	_, err = tx.ExecContext(ctx, "update account set subject = $1, email = $2, email_index = $3 where id = $4", who, address, a.env.Vault.Index(emailSpace, email), account)
	if err != nil {
		return "", store.Classify(err)
	}
	_, err = a.env.Ledger.Append(ctx, tx, "account.moved", map[string]any{"account": account})
	return k.Subject, err
}

// reseal seals what an account holds under another person's keys.
func (a *Accounts) reseal(ctx context.Context, tx *store.Tx, e *policy.Activity, account, from, to string) error {
	o, s := a.env.Opener(ctx, from), a.env.Sealer(ctx, e, to)
	for _, c := range []struct{ column, field string }{
		{"first_name", fieldFirst}, {"last_name", fieldLast}, {"phone", fieldPhone}, {"password", fieldPassword}, {"microsoft", fieldMicrosoft},
	} {
		var sealed []byte
		if err := tx.QueryRowContext(ctx, "select "+c.column+" from account where id = $1", account).Scan(&sealed); err != nil {
			return store.Classify(err)
		}
		place := "account." + c.column
		anew := s.Bytes(place, c.field, o.Bytes(place, sealed))
		if o.Err() != nil || s.Err() != nil {
			return firstError(o.Err(), s.Err())
		}
		if _, err := tx.ExecContext(ctx, "update account set "+c.column+" = $1 where id = $2", anew, account); err != nil {
			return store.Classify(err)
		}
	}
	keys, err := a.sealedPasskeys(ctx, tx, account)
	if err != nil {
		return err
	}
	for id, sealed := range keys {
		anew := s.Bytes(passkeyTable+".passkey", fieldPasskeys, o.Bytes(passkeyTable+".passkey", sealed))
		if o.Err() != nil || s.Err() != nil {
			return firstError(o.Err(), s.Err())
		}
		if _, err := tx.ExecContext(ctx, "update account_passkey set passkey = $1 where id = $2", anew, id); err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

func firstError(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// forget destroys the kind's keys of somebody of whom it holds nothing any more.
func (a *Accounts) forget(ctx context.Context, e *policy.Activity, who string) error {
	var rows int
	err := a.env.DB.QueryRowContext(ctx, "select (select count(*) from account where subject = $1) + (select count(*) from account_invitation where subject = $1)", who).Scan(&rows)
	if err != nil || rows > 0 {
		return store.Classify(err)
	}
	rules := []string{Name}
	for i := range e.Retention {
		rules = append(rules, e.Retention[i].ID)
	}
	return a.env.Vault.Destroy(ctx, who, rules...)
}
