package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"kept/internal/activity/newsletter"
)

// smtpDispatch has the agency's processor relay the mails.
func smtpDispatch(h *house) {
	with("dispatch: {cleverreach: {protocol: cleverreach}}", "dispatch: {cleverreach: {protocol: smtp}}")(h)
}

var newsAddress = regexp.MustCompile(`href="([^"]*/privacy/newsletter/go/[^"]+)"`)

// A campaign's whole way with a browser: written, looked at in both schemes, sent,
// received, a link followed, unsubscribed. What an author writes stays harmless in
// the console and in the archive.
func TestACampaignInABrowser(t *testing.T) {
	h := solo(t, smtpDispatch)
	ada := h.reader("ada@person.example")
	ada.header.Set("Accept-Language", "de") // the language that she is written to in
	ada.subscribe(called)
	staff := h.window()
	staff.visit(h.ConsoleURL() + "/sign-in") // from here on the clock is the browser's
	staff.lend(h.owner())
	next := until(`!window.isFormer && document.readyState === 'complete'`)
	leave := chromedp.Evaluate(`window.isFormer = true`, nil)
	staff.visit(h.ConsoleURL() + "/newsletter/campaigns/new?lang=en")
	staff.picture("compose")
	const body = "{{greeting}}\n\n# News\n\nWe have *moved*. [See where](https://agentur.example/new?a=1). <script>window.__pwned=1</script>\n\n- one\n- two"
	staff.run(chromedp.SetValue("#campaign", "November <img src=x onerror='window.__pwned=1'>", chromedp.ByQuery), chromedp.SetValue("#title-en", "News", chromedp.ByQuery),
		chromedp.SetValue("#body-en", body, chromedp.ByQuery), chromedp.SetValue("#title-de", "Neues <script>window.__pwned=1</script>", chromedp.ByQuery), chromedp.SetValue("#body-de", body, chromedp.ByQuery),
		chromedp.Click("#public", chromedp.ByQuery), leave, click("main form button"), next)
	if text := eval[string](staff, `document.body.textContent`); !strings.Contains(text, "1 person would get it now") || !strings.Contains(text, "HTML in Markdown was left out") {
		t.Fatalf("the preview says:\n%s", text)
	}
	if frames := eval[int](staff, `document.querySelectorAll('iframe[sandbox]').length`); frames != 4 {
		t.Errorf("%d frames", frames)
	}
	if eval[bool](staff, `window.__pwned !== undefined`) {
		t.Error("a planted script ran in the preview")
	}
	staff.quiet("the preview")
	staff.picture("preview")
	staff.run(leave, click(`form[action$="/test"] button`), next)
	h.settle()
	if tests := h.sink.To(eval[string](staff, `document.querySelector('#to').value`)); len(tests) != 2 || !strings.Contains(tests[0].Read().Title+tests[1].Read().Title, "[Test] News") {
		t.Errorf("%d tests", len(tests))
	}
	here := eval[string](staff, `location.pathname.replace(/\/(test|preview)$/, '')`)
	staff.visit(h.ConsoleURL() + here + "?lang=en")
	staff.picture("send")
	staff.run(leave, click(`button[value=now]`), next)
	h.settle()
	m := ada.mails()[len(ada.mails())-1]
	if in := m.Read(); in.Title != "Neues <script>window.__pwned=1</script>" || !strings.HasPrefix(in.Text, "Guten Tag Adalena Lovelock,") {
		t.Fatalf("%q\n%s", in.Title, in.Text)
	}
	found := newsAddress.FindStringSubmatch(m.Read().HTML)
	if found == nil {
		t.Fatalf("no link is counted:\n%s", m.Read().HTML)
	}
	if got := ada.get(found[1]); got.StatusCode != 303 || got.Header.Get("Location") != "https://agentur.example/new?a=1" {
		t.Errorf("the link answers %s to %s", got.Status, got.Header.Get("Location"))
	}
	staff.visit(h.ConsoleURL() + here + "?lang=en")
	if text := eval[string](staff, `document.querySelector('main').textContent`); !strings.Contains(text, "1 of 1 have left") || !strings.Contains(text, "https://agentur.example/new?a=1") {
		t.Errorf("the report says:\n%s", text)
	}
	staff.harmless("the report")
	staff.picture("report")
	staff.visit(h.ConsoleURL() + here + "/letters/clicked?lang=en")
	if text := eval[string](staff, `document.querySelector('main').textContent`); !strings.Contains(text, "ada@person.example") {
		t.Errorf("the rows behind a number:\n%s", text)
	}
	staff.picture("letters")
	staff.visit(h.ConsoleURL() + "/newsletter/campaigns?lang=de")
	staff.picture("list-de")
	reader := h.window()
	reader.visit(newsletter.Path + "/archive?lang=en")
	reader.picture("archive")
	reader.run(click("main .issues a"), until(`document.querySelector('main h1') && document.querySelector('main em')`))
	reader.harmless("the archive")
	reader.picture("issue")
	reader.visit(m.Link("/leave/"))
	reader.run(leave, click("main button"), next)
	if h.standing() != 0 || h.counts("select count(*) from newsletter_dispatch") != 0 {
		t.Error("something is left of who unsubscribed")
	}
}

// picture keeps what the window shows, in light on a desk and in dark on a phone,
// in the folder that KEPT_TEST_PICTURES names: for whoever wants to look.
func (w *window) picture(name string) {
	dir := os.Getenv("KEPT_TEST_PICTURES")
	if dir == "" {
		return
	}
	for _, look := range []struct {
		scheme string
		width  int64
	}{{"light", 1100}, {"dark", 390}} {
		var image []byte
		w.run(chromedp.EmulateViewport(look.width, 800), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}), chromedp.FullScreenshot(&image, 100))
		fatal(w.t, os.WriteFile(filepath.Join(dir, name+"-"+look.scheme+".png"), image, 0o644))
	}
}
