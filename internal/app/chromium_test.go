package app

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// chromium is one browser for all tests of the package; each test has a profile
// of its own in it.
var chromium struct {
	once  sync.Once
	ctx   context.Context
	err   error
	close []func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(chromium.close) - 1; i >= 0; i-- {
		chromium.close[i]()
	}
	os.Exit(code)
}

func startChromium() {
	path, err := exec.LookPath("chromium")
	if err != nil {
		chromium.err = err
		return
	}
	dir, err := os.MkdirTemp("", "kept-chromium-")
	if err != nil {
		chromium.err = err
		return
	}
	allocated, release := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
		chromedp.UserAgent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		// Frames of other sites share the page's process, so that their requests are
		// seen with the page's. No name leads out of the machine.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE *.localhost"))...)
	ctx, end := chromedp.NewContext(allocated)
	chromium.ctx, chromium.err = ctx, chromedp.Run(ctx)
	chromium.close = []func(){func() { _ = os.RemoveAll(dir) }, release, end}
}

// window is a person's browser with JavaScript: a profile of its own with one
// tab, and a note of everything that its pages asked the network for.
type window struct {
	h   *house
	t   *testing.T
	ctx context.Context

	profile cdp.BrowserContextID

	mu      sync.Mutex
	asked   map[network.RequestID]string // address of each request that could leave
	dialogs []string
}

// watch notes violations of a Content-Security-Policy, errors and layout shifts
// from the first moment of every page on.
const watch = `
	window.noted = [];
	document.addEventListener('securitypolicyviolation', e => noted.push('csp ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));
	addEventListener('error', e => { if (e.message) noted.push('error ' + e.message) });
	addEventListener('unhandledrejection', e => noted.push('rejected ' + e.reason));
	new PerformanceObserver(l => l.getEntries().forEach(e => {
		noted.push('shift ' + e.value + ' of ' + e.sources.map(s => (s.node?.outerHTML || '').slice(0, 60) + ' ' + JSON.stringify([s.previousRect, s.currentRect])).join(', '))
	})).observe({type: 'layout-shift', buffered: true});`

// window opens a fresh profile; the test is skipped where there is no browser.
func (h *house) window() *window {
	h.t.Helper()
	if testing.Short() {
		h.t.Skip("browser tests take seconds each")
	}
	chromium.once.Do(startChromium)
	if chromium.err != nil {
		h.t.Skipf("chromium does not start (make setup installs it): %v", chromium.err)
	}
	profile, tab, err := openTab()
	fatal(h.t, err)
	ctx, end := chromedp.NewContext(chromium.ctx, chromedp.WithTargetID(tab))
	w := &window{h: h, t: h.t, ctx: ctx, profile: profile, asked: map[network.RequestID]string{}}
	h.t.Cleanup(end)
	chromedp.ListenTarget(ctx, w.listen)
	w.run(network.Enable(), chromedp.EmulateViewport(1200, 800), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(watch).Do(ctx)
		return err
	}))
	return w
}

// whole is the context of commands to the browser, not to a tab.
func whole() context.Context {
	return cdp.WithExecutor(chromium.ctx, chromedp.FromContext(chromium.ctx).Browser)
}

// openTab opens a window of a fresh profile.
func openTab() (profile cdp.BrowserContextID, tab target.ID, err error) {
	if profile, err = target.CreateBrowserContext().WithDisposeOnDetach(true).Do(whole()); err != nil {
		return "", "", err
	}
	tab, err = target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).Do(whole())
	return profile, tab, err
}

func (w *window) listen(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.asked[e.RequestID] = e.Request.URL
	case *network.EventLoadingFailed:
		if e.BlockedReason == network.BlockedReasonCsp { // it never left
			delete(w.asked, e.RequestID)
		}
	case *page.EventJavascriptDialogOpening:
		w.dialogs = append(w.dialogs, e.Message)
		go func() { _ = chromedp.Run(w.ctx, page.HandleJavaScriptDialog(false)) }()
	}
}

func (w *window) run(actions ...chromedp.Action) {
	w.t.Helper()
	if err := chromedp.Run(w.ctx, actions...); err != nil {
		w.t.Fatal(err)
	}
}

// visit opens a page, at the browser's own time: events bear it.
func (w *window) visit(address string) {
	w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = w.h.SiteURL() + address
	}
	w.h.clock.Set(time.Now())
	w.run(chromedp.Navigate(address))
}

// reloading runs actions that load a page anew and returns once it is there.
func (w *window) reloading(actions ...chromedp.Action) {
	w.t.Helper()
	w.h.clock.Set(time.Now())
	w.run(chromedp.Evaluate(`window.isFormer = true`, nil))
	w.run(actions...)
	w.run(until(`!window.isFormer && document.readyState === 'complete'`))
}

func click(selector string) chromedp.Action { return chromedp.Click(selector, chromedp.ByQuery) }

// looks is how often a test looks for what another process or goroutine does before
// it says that it never came: half a minute, and longer on a busy machine, where
// every look takes its time too.
const (
	looks = 3000
	pause = 10 * time.Millisecond
)

// comes looks until holds returns true or ctx ends, and reports whether it did.
func comes(ctx context.Context, holds func() bool) bool {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for range looks {
		if holds() {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return false
}

// until waits for an expression to become true. It bears the moment in which
// one page goes and the next comes.
func until(expression string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		var holds bool
		if !comes(ctx, func() bool {
			return chromedp.Evaluate("!!("+expression+")", &holds).Do(ctx) == nil && holds
		}) {
			return fmt.Errorf("it never came true: %s", expression)
		}
		return nil
	})
}

// greeted waits until the banner's script has run: whatever a page loads by
// itself was asked for by then.
func greeted() chromedp.Action {
	return until(`document.readyState === 'complete' && document.querySelector('#kept [role=status]').textContent !== ''`)
}

// eval returns the value of an expression, a promise's too.
func eval[T any](w *window, expression string) (value T) {
	w.t.Helper()
	w.run(chromedp.Evaluate(expression, &value, awaited))
	return value
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// cookies are all that the profile holds, whoever set them.
func (w *window) cookies() map[string]string {
	w.t.Helper()
	all, err := storage.GetCookies().WithBrowserContextID(w.profile).Do(whole())
	fatal(w.t, err)
	held := map[string]string{}
	for _, c := range all {
		held[c.Name] = c.Value
	}
	return held
}

// strangers are the addresses of other hosts that the pages asked for.
func (w *window) strangers() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, address := range w.asked {
		if own := strings.HasPrefix(address, w.h.SiteURL()+"/") || strings.HasPrefix(address, w.h.ConsoleURL()+"/"); !own &&
			!strings.HasPrefix(address, "data:") && !strings.HasPrefix(address, "about:") && !strings.HasPrefix(address, "file:") {
			all = append(all, address)
		}
	}
	return all
}

// quiet fails the test if the page noted anything, moved, or opened a dialog.
func (w *window) quiet(where string) {
	w.t.Helper()
	if noted := eval[[]string](w, "window.noted || []"); len(noted) > 0 {
		w.t.Errorf("%s: the page noted %s", where, strings.Join(noted, "; "))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.dialogs) > 0 {
		w.t.Errorf("%s: dialogs: %q", where, w.dialogs)
	}
}

// eventually waits for something that another process or goroutine does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	if !comes(t.Context(), holds) {
		t.Fatalf("it never came: %s", what)
	}
}
