package app

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kept/internal/activity/contact"
)

// A person's whole way with a browser: they write, the browser works a little, the
// message is acknowledged, answered, answered by mail, and gone once it is
// concluded. No script but the form's own runs, and nobody else is asked.
func TestACorrespondenceInABrowser(t *testing.T) {
	h := solo(t, under("m365connect"))
	p := h.window()
	p.visit(contact.Path + "?lang=en")
	p.run(chromedp.SendKeys("#first", "Adalena", chromedp.ByQuery), chromedp.SendKeys("#email", "ada@person.example", chromedp.ByQuery),
		chromedp.SendKeys("#message", "Does the plug fit?", chromedp.ByQuery), until(`document.querySelector('input[name=work]').value !== ''`))
	if eval[bool](p, `document.querySelector('input[name=website]').checkVisibility()`) {
		t.Error("people see the field that is there for machines")
	}
	h.clock.Advance(time.Minute)
	p.run(chromedp.Evaluate(`window.isFormer = true`, nil), click("main button"), until(`!window.isFormer && document.readyState === 'complete'`))
	if text := eval[string](p, `document.body.textContent`); !strings.Contains(text, "Your message has arrived") {
		t.Fatalf("the page says:\n%s", text)
	}
	p.quiet("the form")
	p.unasked("with the form")
	if held := p.cookies(); len(held) > 0 {
		t.Errorf("the form set cookies: %v", held)
	}
	h.settle()
	w := h.writer("ada@person.example")
	if n := len(w.mails()); n != 1 {
		t.Fatalf("%d mails acknowledge it", n)
	}

	staff := h.window()
	staff.lend(h.owner())
	staff.visit(h.ConsoleURL() + "/contact?lang=en")
	staff.run(click("tbody a"), until(`document.querySelector('#answer')`))
	staff.run(chromedp.SendKeys("#answer", "Yes, it does.", chromedp.ByQuery))
	staff.run(chromedp.Evaluate(`window.isFormer = true`, nil), click(`button[value=answer]`), until(`!window.isFormer && document.readyState === 'complete'`))
	h.settle()
	if mails := w.mails(); len(mails) != 2 || !strings.Contains(mails[1].Read().Text, "Yes, it does.") {
		t.Fatalf("%d mails", len(mails))
	}
	w.answers("Re: plug", "<script>window.__pwned=1</script> Thank you.")
	staff.visit(h.ConsoleURL() + "/contact?lang=en")
	staff.run(click("tbody a"), until(`document.querySelector('#answer')`))
	if text := eval[string](staff, `document.body.textContent`); !strings.Contains(text, "<script>window.__pwned=1</script> Thank you.") {
		t.Errorf("the answer is not shown as text:\n%s", text)
	}
	staff.harmless("the conversation")
	staff.run(chromedp.Evaluate(`window.isFormer = true`, nil), click(`form[action*="/conclude"] button`), until(`!window.isFormer && document.readyState === 'complete'`))
	if n := h.messages(); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if text := eval[string](staff, `document.body.textContent`); !strings.Contains(text, "Nobody waits for an answer") {
		t.Errorf("the inbox says:\n%s", text)
	}
}
