package egress

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

const recordTimeout = 5 * time.Second

// hostName is what is recorded of a host: a name as DNS has it. Anything else,
// numeric addresses too, came from data and is not written down; the ledger takes
// texts of at most 128 bytes.
var hostName = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}$`)

// Refusal is a count of what was not let out.
type Refusal struct {
	Recipient   string // or the operator's purpose
	Host        string // unnamed if it was no host name
	Reason      string // undeclared, not-encrypted, private, loopback, …
	First, Last time.Time
	Count       int64
}

// refuse records a refusal and returns it as an error of kind Refused. It is
// recorded even if the caller has gone meanwhile.
func (e *Egress) refuse(ctx context.Context, recipient, host, reason string) error {
	if !hostName.MatchString(host) || len(host) > 128 {
		host = "unnamed"
	}
	refused := fault.New(fault.Refused, "connecting to %s for %s is refused: %s", host, recipient, reason)
	if e.db == nil {
		return refused
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := e.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into egress_refusal (recipient, host, reason, first_at, last_at, count) values ($1, $2, $3, $4, $4, 1)
			on conflict (recipient, host, reason) do update set last_at = excluded.last_at, count = egress_refusal.count + 1`,
			recipient, host, reason, store.At(e.clock.Now()))
		if err != nil {
			return store.Classify(err)
		}
		_, err = e.ledger.Append(ctx, tx, "egress.refused", map[string]any{"recipient": recipient, "host": host, "reason": reason})
		return err
	})
	if err != nil {
		return errors.Join(refused, fmt.Errorf("record the refusal: %w", err))
	}
	return refused
}

// Refusals returns what was refused, latest first.
func (e *Egress) Refusals(ctx context.Context) (found []Refusal, err error) {
	rows, err := e.db.QueryContext(ctx, `select recipient, host, reason, first_at, last_at, count
		from egress_refusal order by last_at desc, recipient, host, reason`)
	if err != nil {
		return nil, fmt.Errorf("read the refusals: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var r Refusal
		var first, last store.Time
		if err := rows.Scan(&r.Recipient, &r.Host, &r.Reason, &first, &last, &r.Count); err != nil {
			return nil, fmt.Errorf("read the refusals: %w", err)
		}
		r.First, r.Last = first.Time, last.Time
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the refusals: %w", store.Classify(err))
	}
	return found, nil
}
