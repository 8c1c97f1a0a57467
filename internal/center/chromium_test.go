package center_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// tab opens a fresh Chromium; the test is skipped where there is none.
func tab(t *testing.T, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests take seconds each")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed; make test installs it")
	}
	options = append(append(chromedp.DefaultExecAllocatorOptions[:], options...),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-first-run", true), chromedp.Flag("disable-component-update", true))
	allocated, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocated)
	t.Cleanup(func() { end(); release() })
	run(t, ctx, watch())
	return ctx
}

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// watch notes violations of a Content-Security-Policy, errors and layout shifts
// from the first moment of every page on.
func watch() chromedp.Action {
	const script = `
		window.noted = [];
		document.addEventListener('securitypolicyviolation', e => noted.push('csp ' + e.violatedDirective + ' ' + e.blockedURI));
		addEventListener('error', e => noted.push('error ' + e.message));
		addEventListener('unhandledrejection', e => noted.push('rejected ' + e.reason));
		window.shifted = 0;
		new PerformanceObserver(l => l.getEntries().forEach(e => { shifted += e.value })).observe({type: 'layout-shift', buffered: true});`
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	})
}

// quiet fails the test if the page noted anything or moved.
func quiet(t *testing.T, ctx context.Context) {
	t.Helper()
	var noted []string
	var shifted float64
	run(t, ctx, chromedp.Evaluate("window.noted", &noted), chromedp.Evaluate("window.shifted", &shifted))
	if len(noted) > 0 {
		t.Errorf("the page noted: %s", strings.Join(noted, "; "))
	}
	if shifted != 0 {
		t.Errorf("the layout shifted by %v", shifted)
	}
}

func size(wide, high int64) chromedp.Action { return chromedp.EmulateViewport(wide, high) }

func cookieNames(t *testing.T, ctx context.Context) []string {
	t.Helper()
	var names []string
	run(t, ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		cookies, err := network.GetCookies().Do(ctx)
		for _, c := range cookies {
			names = append(names, c.Name)
		}
		return err
	}))
	return names
}

// KEPT_LOOK names a folder for pictures of every page, to be looked at.
func TestPagesLookTheirPart(t *testing.T) {
	folder := os.Getenv("KEPT_LOOK")
	if folder == "" {
		t.Skip("KEPT_LOOK is not set: no pictures wanted")
	}
	b := open(t, load(t, agencyPolicy))
	b.clock.Set(time.Now())
	ctx := tab(t)
	shot := func(name, path string, full bool, before ...chromedp.Action) {
		for _, view := range []struct {
			name string
			wide int64
			dark bool
		}{{"wide", 1200, false}, {"phone", 390, false}, {"dark", 1200, true}} {
			for _, lang := range []string{"de", "en"} {
				if lang == "en" && view.name != "wide" {
					continue
				}
				scheme := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}})
				if view.dark {
					scheme = emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}})
				}
				var picture []byte
				take := chromedp.CaptureScreenshot(&picture)
				if full {
					take = chromedp.FullScreenshot(&picture, 100)
				}
				run(t, ctx, scheme, size(view.wide, 800), chromedp.Navigate(b.server.URL+strings.ReplaceAll(path, "LANG", lang)))
				run(t, ctx, before...)
				run(t, ctx, take)
				must(t, os.WriteFile(filepath.Join(folder, name+"-"+view.name+"-"+lang+".png"), picture, 0o644))
			}
		}
	}
	shot("banner", "/?l=LANG", false)
	shot("banner-open", "/?l=LANG", false, chromedp.Click("summary", chromedp.ByQuery))
	shot("settings", "/privacy/settings?lang=LANG&back=/", true)
	shot("notice", "/privacy?lang=LANG", true)
	shot("nothing", "/privacy/me?lang=LANG", true)
	run(t, ctx, size(1200, 800), chromedp.Navigate(b.server.URL+"/?l=de"))
	reloading(t, ctx, chromedp.Click("button[value=accept]", chromedp.ByQuery))
	run(t, ctx, chromedp.Evaluate("scrollTo(0, 5000)", nil))
	shot("decided", "/?l=LANG", false)
	shot("settings-accepted", "/privacy/settings?lang=LANG", true)
	shot("receipts", "/privacy/receipts?lang=LANG", true)
	shot("me", "/privacy/me?lang=LANG", true)
	shot("erase", "/privacy/me/erase?lang=LANG", true)
	shot("versions", "/privacy/versions?lang=LANG", true)
}
