package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows how far something has come: on a terminal only, and only once it
// lasts longer than a second.
type bar struct {
	label string
	since time.Time
	shown *progressbar.ProgressBar
	quiet bool
}

func progress(label string) *bar {
	return &bar{label: label, since: time.Now(), quiet: !term.IsTerminal(int(os.Stderr.Fd()))}
}

func (b *bar) set(done, total int64) {
	if b.quiet || b.shown == nil && time.Since(b.since) < time.Second {
		return
	}
	if b.shown == nil {
		b.shown = progressbar.NewOptions64(total, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(b.label),
			progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	if b.shown.GetMax64() != total {
		b.shown.ChangeMax64(total)
	}
	// A terminal that cannot be written to is no reason to stop the work.
	_ = b.shown.Set64(done)
}

func (b *bar) finish() {
	if b.shown != nil {
		_ = b.shown.Finish()
		b.shown = nil
		b.quiet = true
	}
}

// count is set for work that counts in int.
func (b *bar) count(done, total int) { b.set(int64(done), int64(total)) }
