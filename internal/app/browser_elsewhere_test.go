package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// elsewhere starts an instance for pages that another server delivers, and
// returns that server's address. Its page holds back a film and a script of the
// film's service, in a column of its own width.
func elsewhere(t *testing.T) (*house, string) {
	var h *house
	site := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>elsewhere</title><script src="%s/privacy/kept.js" data-kept defer></script>
<style>iframe { width: 480px; height: 270px; border: 0 }</style><h1>Elsewhere</h1>
<iframe data-kept-service="video" data-kept-src="http://%s/embed/werkstatt" title="Our workshop"></iframe>
<script type="text/plain" data-kept-service="video">document.title = 'started'</script><p id="below">text</p>`, h.SiteURL(), h.others.Hosts()["video.streams.example"])
	})
	h = solo(t, func(h *house) {
		h.config.Site, h.config.Origins = "", []string{site}
	})
	return h, site
}

// On a page served elsewhere a stand-in takes the place of what waits for
// consent: as large, with who receives what, and with the way to it.
func TestAStandInOnAPageServedElsewhere(t *testing.T) {
	h, site := elsewhere(t)
	w := h.window()
	const stand = `document.querySelector('.kept-held[data-kept-held=video]')`
	w.visit(site + "/")
	w.run(greeted(), until(stand))
	if text := eval[string](w, stand+".textContent"); !strings.Contains(text, "Our workshop") || !strings.Contains(text, "receives your IP address") {
		t.Errorf("the stand-in says %q", text)
	}
	if size := eval[string](w, `(r => r.width + 'x' + r.height)(`+stand+`.getBoundingClientRect())`); size != "480x270" {
		t.Errorf("the stand-in is %s", size)
	}
	if seen := h.seen(); len(seen) > 0 {
		t.Errorf("before the decision third parties were asked: %v", seen)
	}

	w.run(click(`.kept-held button[name=once]`), until(`document.title === 'started'`))
	eventually(t, "the film loads once", func() bool { return h.seen()["video.streams.example"] == 1 })
	if eval[bool](w, stand+" !== null || document.querySelector('iframe').hidden") {
		t.Error("the stand-in is still there")
	}
	if held := w.cookies(); len(held) > 0 {
		t.Errorf("loading once is kept: %v", held)
	}

	h.before = h.others.Seen()
	w.visit(site + "/")
	w.run(greeted(), until(stand))
	if seen := h.seen(); len(seen) > 0 {
		t.Errorf("at the next view third parties were asked: %v", seen)
	}
	w.reloading(click(`.kept-held button[name=allow]`))
	eventually(t, "the film that is allowed loads", func() bool { return h.seen()["video.streams.example"] == 1 })
	w.visit(site + "/?again")
	w.run(until(`document.title === 'started'`))
	if eval[bool](w, stand+" !== null") {
		t.Error("a stand-in for what is allowed")
	}
	if noted := eval[[]string](w, "window.noted || []"); len(noted) > 0 {
		t.Errorf("the page noted %q", noted)
	}
}
