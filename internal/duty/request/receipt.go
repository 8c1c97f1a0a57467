package request

import (
	"strings"

	"kept/internal/i18n"
	"kept/internal/mail"
)

// receiptWords confirms that a request has arrived.
func (d *Desk) receiptWords(c Case, to Contact, wish Wish) (title, text string) {
	w := &writer{desk: d, c: c, contact: to, p: d.Policy()}
	asked := w.say("letter.receipt.words")
	if len(c.Rights) > 0 {
		asked = w.say("letter.receipt.rights", "\n"+w.asked())
	}
	asked = paragraphs(asked, w.leading(wish))
	// Where the clock stands still until the code is back, the time is counted from
	// there; named is the day that is safe.
	return w.say("letter.receipt.title", c.Number),
		paragraphs(w.hello(), w.say("letter.receipt.text", w.day(c.Received), c.Number), asked, w.say("letter.receipt.until", w.day(c.LastDay())), d.signature())
}

// leading is what leads somewhere else: to another controller, to a new address.
// Who confirms a request that somebody else wrote in their name has to see that.
// Nothing else that was typed is repeated to an address that is not proven.
func (w *writer) leading(wish Wish) string {
	to := ""
	if wish.ToMail != "" {
		to = w.say("letter.receipt.to", wish.ToMail)
	}
	fixes := ""
	for _, x := range wish.Corrections {
		if address, err := mail.Normalise(x.New); err == nil {
			fixes += "\n- " + address
		}
	}
	if fixes != "" {
		fixes = w.say("letter.receipt.fixes", fixes)
	}
	return paragraphs(to, fixes)
}

// codeWords give a code, for the person to read or to open.
func (d *Desk) codeWords(c Case, code string) string {
	notYou := ""
	if keep, said := d.patience(); said && !c.Unproven.IsZero() {
		notYou = i18n.T(c.Lang, "request.code.not-you", keep.Dative(c.Lang))
	}
	return paragraphs(
		i18n.T(c.Lang, "request.code.yours")+"\n"+grouped(code),
		i18n.T(c.Lang, "request.code.open")+"\n"+d.Mail.Link("/privacy/request/prove/"+code+"?lang="+c.Lang),
		i18n.T(c.Lang, "request.code.type")+"\n"+d.Mail.Link("/privacy/request/code?number="+c.Number+"&lang="+c.Lang),
		notYou,
	)
}

// grouped writes a code so that it can be read aloud.
func grouped(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}
