package center_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"kept/internal/store/event"
)

const (
	gone     = `!document.querySelector('#kept > section')`
	greeted  = `document.querySelector('#kept [role=status]').textContent !== ''`
	atBottom = `document.documentElement.scrollHeight`
)

// awaited makes Evaluate wait for a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// until waits for an expression to become true.
func until(expression string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			err := chromedp.Poll(expression, nil, chromedp.WithPollingTimeout(time.Minute)).Do(ctx)
			// The page that was asked is gone because another loads: ask that one.
			if err == nil || !strings.Contains(err.Error(), "Cannot find context") {
				return err
			}
		}
	})
}

// reloading runs actions that load the page anew and returns once it is there.
func reloading(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	listening, stop := context.WithCancel(ctx)
	defer stop()
	loaded := make(chan struct{}, 1)
	chromedp.ListenTarget(listening, func(event any) {
		if _, ok := event.(*page.EventLoadEventFired); ok {
			loaded <- struct{}{}
		}
	})
	run(t, ctx, actions...)
	select {
	case <-loaded:
	case <-ctx.Done():
		t.Fatal("the page was not loaded anew")
	}
}

func TestBannerInABrowserUnderAStrictPolicy(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	ctx := tab(t)
	for _, wide := range []int64{1200, 390, 360, 320} {
		var boxes [][]float64
		var first, said, fitting bool
		run(t, ctx, network.ClearBrowserCookies(), size(wide, 800), chromedp.Navigate(b.server.URL+"/"), until(greeted),
			chromedp.Evaluate(`[...document.querySelectorAll('.kept-three > button, .kept-three summary')].map(e => { const r = e.getBoundingClientRect(); const s = getComputedStyle(e); return [Math.round(r.width), Math.round(r.height), r.top, parseFloat(s.fontSize), parseInt(s.fontWeight)] })`, &boxes),
			chromedp.Evaluate(`document.body.firstElementChild.id === 'kept'`, &first),
			chromedp.Evaluate(`document.querySelector('#kept [role=status]').textContent.includes('Einwilligung')`, &said),
			chromedp.Evaluate(`document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll('.kept-three > *, .kept-three summary')].every(e => e.scrollWidth <= e.clientWidth && e.getBoundingClientRect().right <= e.closest('.kept-three').getBoundingClientRect().right)`, &fitting),
		)
		if len(boxes) != 3 || !slices.Equal(boxes[0], boxes[1]) || !slices.Equal(boxes[1], boxes[2]) {
			t.Errorf("%d wide: the three buttons differ: %v", wide, boxes)
		}
		if !first || !said || !fitting {
			t.Errorf("%d wide: first in the page %v, announced %v, fits %v", wide, first, said, fitting)
		}
		if names := cookieNames(t, ctx); len(names) > 0 {
			t.Errorf("cookies before the decision: %v", names)
		}
		quiet(t, ctx)
		var covered bool
		run(t, ctx, chromedp.Evaluate(`scrollTo(0, document.documentElement.scrollHeight)`, nil),
			chromedp.Evaluate(`document.getElementById('last').getBoundingClientRect().bottom > document.querySelector('#kept > section').getBoundingClientRect().top`, &covered))
		if covered {
			t.Errorf("%d wide: the banner covers the end of the page", wide)
		}
		var held string
		run(t, ctx, chromedp.Click(`button[value=refuse]`, chromedp.ByQuery), until(gone), chromedp.WaitVisible(`#kept > a`, chromedp.ByQuery),
			chromedp.ActionFunc(func(ctx context.Context) error {
				cookies, err := network.GetCookies().Do(ctx)
				for _, c := range cookies {
					held += c.Name + "=" + c.Value
				}
				return err
			}))
		if !strings.HasPrefix(held, "kept_choice=") || strings.Count(held, "kept_") != 1 || len(held) > 120 {
			t.Errorf("after a refusal the browser holds %q", held)
		}
		quiet(t, ctx)
	}
}

func TestBannerWithTheKeyboardAlone(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	ctx := tab(t)
	focus := func() (name string) {
		run(t, ctx, chromedp.Evaluate(`(e => (e.value && e.value !== 'on' ? e.value : e.tagName) + (getComputedStyle(e).outlineStyle === 'none' ? ' unseen' : ''))(document.activeElement)`, &name))
		return name
	}
	tabTo := func(want string) {
		t.Helper()
		var seen []string
		for range 30 {
			run(t, ctx, chromedp.KeyEvent(kb.Tab))
			if seen = append(seen, focus()); seen[len(seen)-1] == want {
				return
			}
		}
		t.Fatalf("the tab key does not reach %s: %v", want, seen)
	}
	run(t, ctx, size(1200, 800), chromedp.Navigate(b.server.URL+"/"), until(greeted))
	for _, want := range []string{"A", "accept", "refuse", "SUMMARY"} {
		run(t, ctx, chromedp.KeyEvent(kb.Tab))
		if got := focus(); got != want {
			t.Fatalf("tab leads to %s, want %s", got, want)
		}
	}
	run(t, ctx, chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`button[value=save]`, chromedp.ByQuery))
	tabTo("media")
	run(t, ctx, chromedp.KeyEvent(" "))
	var along bool
	run(t, ctx, chromedp.Evaluate(`document.querySelector('[value=video]').checked`, &along))
	if !along {
		t.Error("a group's box does not tick what is in it")
	}
	tabTo("map")
	run(t, ctx, chromedp.KeyEvent(" "))
	tabTo("save")
	reloading(t, ctx, chromedp.KeyEvent(kb.Enter))
	var allowed string
	run(t, ctx, chromedp.Evaluate(`document.getElementById('kept').dataset.allowed`, &allowed))
	if allowed != "video" {
		t.Errorf("allowed is %q, want the video alone", allowed)
	}
	quiet(t, ctx)
}

func TestBannerWithoutJavaScript(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	ctx := tab(t)
	run(t, ctx, emulation.SetScriptExecutionDisabled(true), size(390, 800), chromedp.Navigate(b.server.URL+"/seite?a=1"),
		chromedp.Click(`summary`, chromedp.ByQuery), chromedp.WaitVisible(`[name=group][value=media]`, chromedp.ByQuery),
		chromedp.Click(`[name=group][value=media]`, chromedp.ByQuery), chromedp.Click(`button[value=save]`, chromedp.ByQuery),
		chromedp.WaitVisible(`#kept > a`, chromedp.ByQuery))
	var place, allowed string
	run(t, ctx, chromedp.Location(&place), chromedp.AttributeValue(`#kept`, "data-allowed", &allowed, nil, chromedp.ByQuery))
	if place != b.server.URL+"/seite?a=1" || allowed != "video map" {
		t.Errorf("the form leads to %s and allows %q", place, allowed)
	}
}

func TestCollectorCountsAfterConsentOnly(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	b.clock.Set(time.Now()) // the browser's clock
	ctx := tab(t)
	stay := chromedp.Evaluate(`document.getElementById('first').parentElement.addEventListener('click', e => e.preventDefault())`, nil)
	run(t, ctx, size(1200, 800), chromedp.Navigate(b.server.URL+"/?q=linde&utm_source=brief&utm_campaign=Mai"), until(greeted),
		stay, chromedp.Click(`a[href="/mappe.pdf"]`, chromedp.ByQuery))
	select {
	case early := <-b.events:
		t.Fatalf("counted before consent: %v", early)
	default:
	}
	reloading(t, ctx, chromedp.Click(`button[value=accept]`, chromedp.ByQuery))
	run(t, ctx, stay,
		chromedp.Evaluate(`new Promise(seen => { addEventListener('scroll', seen, {once: true}); scrollTo(0, `+atBottom+`) }).then(() => 0)`, nil, awaited),
		chromedp.Click(`a[href="/mappe.pdf"]`, chromedp.ByQuery),
		chromedp.Click(`a[href^="https://other"]`, chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelector('video').dispatchEvent(new Event('play'))`, nil),
		chromedp.Evaluate(`history.pushState({}, '', '/naechste')`, nil),
		chromedp.Navigate("about:blank"), // leaving sends what waits
	)
	var got []sent
	for len(got) < 7 {
		select {
		case batch := <-b.events:
			got = append(got, batch...)
		case <-time.After(time.Minute):
			t.Fatalf("only %d events came: %+v", len(got), got)
		}
	}
	var told []string
	for _, e := range got {
		told = append(told, strings.TrimSpace(e.T+" "+e.U+" "+e.X))
		id, err := strconv.ParseInt(e.ID, 10, 64)
		must(t, err)
		if at := event.TimeOf(id); time.Since(at).Abs() > time.Minute {
			t.Errorf("id %s of %s names %s", e.ID, e.T, at)
		}
	}
	slices.Sort(told)
	want := []string{"download / " + b.server.URL + "/mappe.pdf", "outbound / https://other.example/x", "page_view /", "page_view /naechste", "scroll / 90", "search / linde", "video / play Film"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	for _, e := range got {
		if e.T == "page_view" && e.U == "/" && (e.C != "brief / Mai" || e.W == 0 || e.L == "") {
			t.Errorf("the first page view says %+v", e)
		}
	}
}

// A page that another server delivers: the banner is fetched, and what the page
// marked waits for consent.
func TestScriptTagOnAPageServedElsewhere(t *testing.T) {
	var kept *bench
	asked := make(chan string, 10)
	elsewhere := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			asked <- r.URL.Path
			w.Header().Set("Content-Type", "text/javascript")
			w.Write([]byte("document.title = 'started'"))
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(`<!doctype html><html lang="en"><title>elsewhere</title><script src="` + kept.server.URL + `/privacy/kept.js" data-kept defer></script>
<script type="text/plain" data-kept-service="video" data-kept-src="/held.js"></script><p>text</p>`))
	}
	site := serveAt(t, elsewhere)
	kept = open(t, load(t, agencyPolicy), site.URL)
	ctx := tab(t)
	run(t, ctx, size(1200, 800), chromedp.Navigate(site.URL+"/"), until(`document.querySelector('#kept h2')?.textContent === 'We ask first'`))
	if len(asked) > 0 && <-asked == "/held.js" {
		t.Fatal("a marked script ran before consent")
	}
	run(t, ctx, until(greeted))
	reloading(t, ctx, chromedp.Click(`button[value=accept]`, chromedp.ByQuery))
	var small string
	run(t, ctx, until(`document.title === 'started'`), chromedp.WaitVisible(`#kept > a`, chromedp.ByQuery), chromedp.AttributeValue(`#kept > a`, "href", &small, nil, chromedp.ByQuery))
	if !strings.HasPrefix(small, kept.server.URL+"/privacy/settings") {
		t.Errorf("the button leads to %s", small)
	}
	quiet(t, ctx)
}
