package mail_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
)

// roll is a campaign over a table of recipients, as a kind keeps one.
type roll struct {
	db    *store.DB
	after int
}

const rollTable = `create table if not exists roll (place bigint primary key, id text not null, address text not null, state text not null)`

func (r *roll) fill(ctx context.Context, letters int, address func(i int) string) error {
	if _, err := r.db.ExecContext(ctx, rollTable); err != nil {
		return err
	}
	return r.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i := 1; i <= letters; i++ {
			if _, err := tx.ExecContext(ctx, "insert into roll values ($1, $2, $3, '')", i, store.NewID(), address(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *roll) next(ctx context.Context, n int) ([]mail.Letter, error) {
	rows, err := r.db.QueryContext(ctx, "select place, id, address from roll where state = '' and place > $1 order by place limit $2", r.after, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []mail.Letter
	for rows.Next() {
		var id, address string
		if err := rows.Scan(&r.after, &id, &address); err != nil {
			return nil, err
		}
		found = append(found, mail.Letter{ID: id, Message: letter("", address)})
	}
	return found, rows.Err()
}

func (r *roll) record(ctx context.Context, tx *store.Tx, outcomes []mail.Outcome) error {
	for _, o := range outcomes {
		if _, err := tx.ExecContext(ctx, "update roll set state = $1 where id = $2", string(o.Event), o.Message); err != nil {
			return err
		}
	}
	return nil
}

func (r *roll) campaign(connections int) mail.Campaign {
	return mail.Campaign{Activity: "answers", Next: r.next, Record: r.record, Connections: connections}
}

// states counts the letters by state.
func (h house) states() map[string]int {
	h.t.Helper()
	rows, err := h.DB.QueryContext(context.Background(), "select state, count(*) from roll group by state")
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]int{}
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			h.t.Fatal(err)
		}
		found[state] = n
	}
	return found
}

func person(i int) string { return fmt.Sprintf("p%d@example.org", i) }

// A relay that takes three connections gets the campaign over three.
func TestARelayThatTakesFewConnectionsGetsFew(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.Sink.Guests = 3
		r := &roll{db: h.DB}
		if err := r.fill(t.Context(), 300, person); err != nil {
			t.Fatal(err)
		}
		for range 20 { // what a connection gave back at the very end is the next run's
			if _, err := h.Mail.Dispatch(t.Context(), r.campaign(0)); err != nil {
				t.Fatal(err)
			}
			if h.states()["sent"] == 300 {
				break
			}
			r.after = 0
		}
		if states := h.states(); states["sent"] != 300 || len(h.Sink.Mails()) != 300 {
			t.Errorf("%v, %d mails", states, len(h.Sink.Mails()))
		}
	})
}

func TestACampaignReachesEverybodyOnce(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := context.Background()
		h.Sink.Answer = func(to string) *smtp.SMTPError {
			switch {
			case strings.HasSuffix(to, "7@example.org"):
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "unknown"}
			case strings.HasSuffix(to, "3@example.org"):
				return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "later"}
			}
			return nil
		}
		r := &roll{db: h.DB}
		if err := r.fill(ctx, 1200, person); err != nil {
			t.Fatal(err)
		}
		tally, err := h.Mail.Dispatch(ctx, r.campaign(8))
		if err != nil {
			t.Fatal(err)
		}
		if want := (mail.Tally{Sent: 960, Refused: 120, Deferred: 120}); tally != want {
			t.Errorf("%+v", tally)
		}
		if got := h.states(); got["sent"] != 960 || got["refused"] != 120 || got["deferred"] != 120 {
			t.Errorf("recorded %v", got)
		}
		seen := map[string]int{}
		for _, m := range h.Sink.Mails() {
			seen[m.To[0]]++
		}
		if len(seen) != 960 || len(h.Sink.Mails()) != 960 {
			t.Errorf("%d people got %d mails", len(seen), len(h.Sink.Mails()))
		}
	})
}

func TestALetterThatCannotBeWrittenDoesNotStopTheOthers(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		r := &roll{db: h.DB}
		err := r.fill(context.Background(), 20, func(i int) string {
			return []string{person(i), "no address", "a@b\r\nRCPT TO:<x@example.org>", "jürgen@example.org"}[i%4]
		})
		if err != nil {
			t.Fatal(err)
		}
		tally, err := h.Mail.Dispatch(context.Background(), r.campaign(3))
		if err != nil || tally != (mail.Tally{Sent: 10, Refused: 10}) {
			t.Errorf("%+v, %v", tally, err)
		}
	})
}

func TestACampaignStopsWhenItIsToldAndGoesOn(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		var taken atomic.Int64
		h.Sink.Answer = func(string) *smtp.SMTPError {
			if taken.Add(1) == 200 {
				stop()
			}
			return nil
		}
		r := &roll{db: h.DB}
		if err := r.fill(ctx, 1000, person); err != nil {
			t.Fatal(err)
		}
		tally, err := h.Mail.Dispatch(ctx, r.campaign(5))
		if err != nil || tally.Sent == 0 || tally.Sent > 300 || int64(len(h.Sink.Mails())) != tally.Sent {
			t.Fatalf("%+v, %v; the server has %d", tally, err, len(h.Sink.Mails()))
		}
		again, err := h.Mail.Dispatch(context.Background(), (&roll{db: h.DB}).campaign(5))
		if err != nil || again.Sent+tally.Sent != 1000 || len(h.Sink.Mails()) != 1000 {
			t.Errorf("%+v, then %+v, %v", tally, again, err)
		}
	})
}

func TestWhoIsNotToBeWrittenToAnyMoreGetsNothing(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		r := &roll{db: h.DB}
		if err := r.fill(context.Background(), 100, person); err != nil {
			t.Fatal(err)
		}
		c := r.campaign(4)
		c.Still = func(_ context.Context, l *mail.Letter) (bool, error) {
			return !strings.HasSuffix(l.Message.To.Mail, "5@example.org"), nil
		}
		tally, err := h.Mail.Dispatch(context.Background(), c)
		if err != nil || tally != (mail.Tally{Sent: 90, Withheld: 10}) || len(h.Sink.Mails()) != 90 {
			t.Errorf("%+v, %v; %d left", tally, err, len(h.Sink.Mails()))
		}
		if got := h.states(); got["withheld"] != 10 {
			t.Errorf("recorded %v", got)
		}
	})
}

// A letter is announced with the end of the one before. Who stops it after that gets
// nothing: the server waits for a mail that never comes.
func TestALetterThatWasAnnouncedIsHeldBackToo(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		r := &roll{db: h.DB}
		if err := r.fill(context.Background(), 100, person); err != nil {
			t.Fatal(err)
		}
		c := r.campaign(1)
		asked := map[string]int{}
		c.Still = func(_ context.Context, l *mail.Letter) (bool, error) {
			asked[l.ID]++
			return asked[l.ID] == 1 || !strings.HasSuffix(l.Message.To.Mail, "5@example.org"), nil
		}
		tally, err := h.Mail.Dispatch(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		once := 0 // those that were not announced ahead are asked about once
		for _, m := range h.Sink.Mails() {
			if strings.HasSuffix(m.To[0], "5@example.org") {
				once++
			}
		}
		if tally.Withheld == 0 || tally.Withheld+int64(once) != 10 || tally.Sent != int64(90+once) || len(h.Sink.Mails()) != 90+once {
			t.Errorf("%+v; %d left, %d of them unannounced", tally, len(h.Sink.Mails()), once)
		}
	})
}

func TestWhatCannotBeRecordedStopsTheCampaign(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		r := &roll{db: h.DB}
		if err := r.fill(context.Background(), 500, person); err != nil {
			t.Fatal(err)
		}
		c := r.campaign(4)
		c.Record = func(context.Context, *store.Tx, []mail.Outcome) error { return errors.New("the disk is full") }
		tally, err := h.Mail.Dispatch(context.Background(), c)
		if err == nil || tally.Sent != 0 {
			t.Errorf("%+v, %v", tally, err)
		}
		if n := len(h.Sink.Mails()); n > 4 {
			t.Errorf("%d mails left over 4 connections without a record", n)
		}
	})
}

func TestACampaignNeedsItsEntry(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		c := (&roll{db: h.DB}).campaign(1)
		c.Activity = "newsletter"
		if _, err := h.Mail.Dispatch(context.Background(), c); !fault.Is(err, fault.Refused) {
			t.Error(err)
		}
	})
}

// eager is a clock that moves when somebody waits for it.
type eager struct{ *clock.Manual }

// Sleep implements clock.Clock.
func (e eager) Sleep(ctx context.Context, d time.Duration) error {
	e.Advance(max(0, d))
	return ctx.Err()
}

func TestAProviderIsWrittenToAsSlowlyAsItWants(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := context.Background()
		h.Mail.Clock = eager{h.Clock}
		r := &roll{db: h.DB}
		err := r.fill(ctx, 60, func(i int) string {
			return fmt.Sprintf("p%d@%s", i, []string{"slow.example", "also.slow.example", "fast.example"}[i%3])
		})
		if err != nil {
			t.Fatal(err)
		}
		var at []time.Time
		c := r.campaign(4)
		c.PerDomain = []mail.Domains{{Names: []string{"slow.example", "also.slow.example"}, Letters: 10, Per: time.Minute}}
		c.Record = func(ctx context.Context, tx *store.Tx, outcomes []mail.Outcome) error {
			for range outcomes {
				at = append(at, h.Clock.Now())
			}
			return r.record(ctx, tx, outcomes)
		}
		tally, err := h.Mail.Dispatch(ctx, c)
		if err != nil || tally.Sent != 60 {
			t.Fatalf("%+v, %v", tally, err)
		}
		slices.SortFunc(at, time.Time.Compare)
		// 40 letters at one every 6 seconds: the last goes 39 × 6 s after the first.
		if took := at[59].Sub(at[0]); took < 200*time.Second || took > 400*time.Second {
			t.Errorf("40 letters to a slow provider took %s", took)
		}
	})
}
