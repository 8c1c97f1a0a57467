package event

import "context"

// askToFold reports whether fold takes up the partition: not while it is at work.
func (ln *lane) askToFold(sp span) bool {
	select {
	case ln.folds <- sp:
		return true
	default:
		return false
	}
}

// fold folds logs into their files beside the writer, which would else do it after
// a commit that finds the log long, and keep the next callers waiting for some ten
// milliseconds. Most of it happens while others write; for the few pages that came
// meanwhile the writer waits, so that it finds an empty log. What goes wrong here
// harms nobody: the writer does it then.
func (ln *lane) fold() {
	for sp := range ln.folds {
		_ = ln.store.shelf.ifOpen(ln.layout, sp, func(p *partition) error {
			if err := p.db.Fold(context.Background()); err != nil {
				return err
			}
			p.writing.Lock()
			defer p.writing.Unlock()
			return p.db.Fold(context.Background())
		})
	}
}
