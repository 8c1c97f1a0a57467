package accesslog

import (
	"context"
	"time"

	"kept/internal/store"
)

const (
	leafLost  = "accesslog.lost"
	lossGrain = time.Minute // how often losses are told at most
)

// loss is how much of the log's losses stands in the ledger: a gap is never
// silent.
type loss struct {
	entries int64
	at      time.Time // when it was last told
	until   time.Time // up to when the log is whole, or told of
}

// confess writes a leaf if entries were lost since the last one. What the
// database does not take now is told later.
func (l *Log) confess(ctx context.Context) {
	now, lost := l.env.Clock.Now(), l.dropped.Load()
	if lost == l.told.entries {
		l.told.until = now
		return
	}
	if now.Sub(l.told.at) < lossGrain {
		return
	}
	err := l.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := l.env.Ledger.Append(ctx, tx, leafLost, map[string]any{"entries": lost - l.told.entries, "from": l.told.until, "until": now})
		return err
	})
	if err != nil {
		l.env.Log.Error("entries of the access log are lost, and the ledger could not be told", "count", lost-l.told.entries, "error", err)
		return
	}
	l.told = loss{lost, now, now}
}
