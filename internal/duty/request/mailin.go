package request

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/store"
)

// mailbox is the privacy address's local part. An answer to a letter of a case
// comes to mailbox+number.
const mailbox = "privacy"

// commands are the words by which a mail says what it wants, in its title or its
// first lines. Whatever is none of them a person reads.
var commands = map[string]rights.Right{
	"access": rights.Access, "auskunft": rights.Access, "dsar": rights.Access, "selbstauskunft": rights.Access,
	"rectification": rights.Rectification, "correction": rights.Rectification, "berichtigung": rights.Rectification,
	"erasure": rights.Erasure, "delete": rights.Erasure, "deletion": rights.Erasure, "löschung": rights.Erasure, "löschen": rights.Erasure, "loeschung": rights.Erasure, "loeschen": rights.Erasure,
	"restriction": rights.Restriction, "einschränkung": rights.Restriction, "einschraenkung": rights.Restriction,
	"portability": rights.Portability, "datenübertragung": rights.Portability, "übertragung": rights.Portability, "datenuebertragung": rights.Portability, "uebertragung": rights.Portability,
	"objection": rights.Objection, "widerspruch": rights.Objection,
	"withdrawal": rights.Withdrawal, "widerruf": rights.Withdrawal,
	"safeguards": rights.Safeguards, "garantien": rights.Safeguards,
	"complaint": Complaint, "beschwerde": Complaint,
}

// wordsRead is how many words of a mail are looked at for commands: who writes a
// letter instead has it read by a person.
const wordsRead = 12

// Commands returns the rights that a mail asks for in so many words. What would be
// answered by itself is read by a person where the text is long: it may want more.
func Commands(title, text string) []rights.Right {
	var found []rights.Right
	look := func(words []string) {
		for _, w := range words {
			if r, ok := commands[w]; ok && !slices.Contains(found, r) {
				found = append(found, r)
			}
		}
	}
	look(split(title))
	if short := split(text); len(short) <= wordsRead {
		look(short)
		return found
	}
	byItself := func(r rights.Right) bool { k, _ := kindOf(r); return k.atOnce }
	if !slices.ContainsFunc(found, func(r rights.Right) bool { return !byItself(r) }) {
		return nil
	}
	return found
}

func split(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) })
}

// german are words that only a German mail has.
var german = []string{"ich", "und", "meine", "daten", "bitte", "auskunft", "löschung", "widerspruch", "widerruf", "berichtigung", "sie", "guten", "beschwerde"}

func languageOf(title, text string) string {
	for _, w := range split(title + " " + text) {
		if slices.Contains(german, w) {
			return i18n.German
		}
	}
	return i18n.English
}

// takeMail makes a case of a mail to the privacy address, or adds it to the one
// that it answers. Who wrote it is not known by that: a code goes to the sender's
// address.
func (d *Desk) takeMail(ctx context.Context, in mail.Incoming) error {
	if in.Auto || in.From.Mail == "" {
		return nil // absence notes and reports want nothing
	}
	text := strings.TrimSpace(in.Text)
	if len(text) > longestWords-1000 {
		text = strings.ToValidUTF8(text[:longestWords-1000], "")
	}
	if in.Token != "" {
		added, err := d.addMail(ctx, in, text)
		if err != nil || added {
			return err
		}
	}
	words := strings.TrimSpace(in.Title + "\n\n" + text)
	name := in.From.Name
	if len(name) > longestName {
		name = ""
	}
	_, err := d.Ask(ctx, Asking{
		Rights: Commands(in.Title, text), Channel: Mail, Lang: languageOf(in.Title, text), Received: in.At,
		Contact: Contact{Name: name, Mail: in.From.Mail}, Wish: Wish{Words: words}, Source: "mail/" + in.ID,
	})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
		return nil // nobody could be answered
	}
	return err
}

// addMail adds a mail to the case whose letter it answers. It says what it says:
// it proves nothing, and lets nothing go on.
func (d *Desk) addMail(ctx context.Context, in mail.Incoming, text string) (added bool, err error) {
	c, err := d.change(ctx, in.Token, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if final[c.State] {
			return nil
		}
		var known int
		if err := tx.QueryRowContext(ctx, "select count(*) from request_note where id = $1", in.ID).Scan(&known); err != nil || known > 0 {
			return store.Classify(err)
		}
		sealed, err := d.sealText(ctx, c.ID, "request_note.body", in.From.Mail+"\n"+in.Title+"\n\n"+text)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "insert into request_note (id, request, at, what, body) values ($1, $2, $3, $4, $5)", in.ID, c.ID, store.At(d.Clock.Now()), "mail", sealed)
		if err != nil {
			return store.Classify(err)
		}
		_, err = d.Ledger.Append(ctx, tx, "request.mail", map[string]any{"request": c.ID})
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && !final[c.State], err
}
