package booking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/store"
)

// Calendars returns every calendar, by name.
func (d *Diary) Calendars(ctx context.Context) ([]Calendar, error) {
	return readCalendars(ctx, d.env.DB, "order by name, id")
}

// Calendar returns the calendar of a key; NotFound if there is none.
func (d *Diary) Calendar(ctx context.Context, key string) (*Calendar, error) {
	return d.calendar(ctx, d.env.DB, key)
}

func (d *Diary) calendar(ctx context.Context, q store.Querier, key string) (*Calendar, error) {
	found, err := readCalendars(ctx, q, "where id = $1", key)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "there is no such calendar")
	}
	return &found[0], nil
}

func readCalendars(ctx context.Context, q store.Querier, where string, args ...any) (all []Calendar, err error) {
	rows, err := q.QueryContext(ctx, "select id, name, zone, holidays, week, except_days, folder, read_at, coalesce(failed, '') from booking_calendar "+where, args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Calendar
		var zone, week, except string
		var read store.Time
		if err := rows.Scan(&c.Key, &c.Name, &zone, &c.Holidays, &week, &except, &c.Folder, &read, &c.Failed); err != nil {
			return nil, err
		}
		c.Read = read.Time
		if c.Zone, err = ZoneOf(zone); err != nil {
			return nil, fault.New(fault.Internal, "calendar %s: %w", c.Key, err)
		}
		if c.Hours, err = ParseHours(week, except); err != nil {
			return nil, fault.New(fault.Internal, "calendar %s: %w", c.Key, err)
		}
		all = append(all, c)
	}
	return all, store.Classify(rows.Err())
}

// SetCalendar makes or changes a calendar; by is who does. What is booked stays.
func (d *Diary) SetCalendar(ctx context.Context, c Calendar, by string) error {
	if err := c.check(); err != nil {
		return err
	}
	week, except := c.Hours.WeekText(i18n.English), c.Hours.ExceptText(i18n.English)
	return d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into booking_calendar (id, name, zone, holidays, week, except_days, folder) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (id) do update set name = excluded.name, zone = excluded.zone, holidays = excluded.holidays, week = excluded.week,
			except_days = excluded.except_days, folder = excluded.folder`,
			c.Key, c.Name, c.Zone.String(), c.Holidays, week, except, c.Folder)
		if err != nil {
			return store.Classify(err)
		}
		return d.changed(ctx, tx, "booking.calendar-set", "calendar", c.Key, by, c.Name, c.Zone.String(), c.Holidays, week, except, c.Folder)
	})
}

// changed writes a change of the set-up into the ledger: of what it says, the hash.
func (d *Diary) changed(ctx context.Context, tx *store.Tx, leaf, what, key, by string, said ...string) error {
	sum := sha256.Sum256([]byte(strings.Join(said, "\n")))
	_, err := d.env.Ledger.Append(ctx, tx, leaf, map[string]any{what: key, "by": by, "hash": hex.EncodeToString(sum[:])})
	return err
}

const typeColumns = "id, activity, calendar, title_de, title_en, place, online, length, pause_before, pause_after, step, notice, ahead, capacity, off"

// Types returns the types of an entry of the policy, all with an empty key.
func (d *Diary) Types(ctx context.Context, activity string) ([]Type, error) {
	if activity == "" {
		return readTypes(ctx, d.env.DB, "order by activity, title_en, id")
	}
	return readTypes(ctx, d.env.DB, "where activity = $1 order by title_en, id", activity)
}

// Type returns the type of a key; NotFound if there is none.
func (d *Diary) Type(ctx context.Context, key string) (*Type, error) {
	return d.typeOf(ctx, d.env.DB, key)
}

func (d *Diary) typeOf(ctx context.Context, q store.Querier, key string) (*Type, error) {
	found, err := readTypes(ctx, q, "where id = $1", key)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "there is no such type of appointment")
	}
	return &found[0], nil
}

func readTypes(ctx context.Context, q store.Querier, where string, args ...any) (all []Type, err error) {
	rows, err := q.QueryContext(ctx, "select "+typeColumns+" from booking_type "+where, args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var t Type
		var de, en string
		if err := rows.Scan(&t.Key, &t.Activity, &t.Calendar, &de, &en, &t.Place, &t.Online, &t.Length, &t.Before, &t.After, &t.Step, &t.Notice, &t.Ahead, &t.Capacity, &t.Off); err != nil {
			return nil, err
		}
		t.Title = policy.Text{"de": de, "en": en}
		all = append(all, t)
	}
	return all, store.Classify(rows.Err())
}

// SetType makes or changes a type of appointment; by is who does. What is booked
// stays as it was booked. Invalid if it does not fit together, NotFound if its
// calendar or the policy's entry is missing.
func (d *Diary) SetType(ctx context.Context, t Type, by string) error {
	a, err := d.entry(t.Activity)
	if err != nil {
		return err
	}
	t.Activity = a.Key
	if err := t.check(); err != nil {
		return err
	}
	return d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := d.calendar(ctx, tx, t.Calendar); err != nil {
			return err
		}
		updates := []string{}
		for _, c := range strings.Split(typeColumns, ", ")[1:] {
			updates = append(updates, c+" = excluded."+c)
		}
		_, err := tx.ExecContext(ctx, "insert into booking_type ("+typeColumns+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict (id) do update set "+strings.Join(updates, ", "),
			t.Key, t.Activity, t.Calendar, t.Title["de"], t.Title["en"], t.Place, t.Online, t.Length, t.Before, t.After, t.Step, t.Notice, t.Ahead, t.Capacity, t.Off)
		if err != nil {
			return store.Classify(err)
		}
		return d.changed(ctx, tx, "booking.type-set", "type", t.Key, by, fmt.Sprintf("%+v", t))
	})
}

// RemoveType ends a type that nobody has booked any more. Conflict while somebody
// has: it can be switched off.
func (d *Diary) RemoveType(ctx context.Context, key, by string) error {
	return d.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := d.typeOf(ctx, tx, key); err != nil {
			return err
		}
		var booked int
		err := tx.QueryRowContext(ctx, "select count(*) from booking_session where type = $1", key).Scan(&booked)
		if err != nil {
			return store.Classify(err)
		}
		if booked > 0 {
			return fault.New(fault.Conflict, "appointments of this type are booked; switch it off instead, and remove it when they are gone")
		}
		if _, err := tx.ExecContext(ctx, "delete from booking_type where id = $1", key); err != nil {
			return store.Classify(err)
		}
		return d.changed(ctx, tx, "booking.type-removed", "type", key, by)
	})
}

// offered are the types of an entry that can be booked now.
func (d *Diary) offered(ctx context.Context, activity string) ([]Type, error) {
	all, err := d.Types(ctx, activity)
	return slices.DeleteFunc(all, func(t Type) bool { return t.Off }), err
}
