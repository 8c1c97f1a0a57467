package contactsync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/remote/graph"
)

// A trial of a set-up: what its applications and accounts reach, what they lack, and
// what they reach that they should not. It reads and changes nothing.

// Verdict is how a finding of a trial is to be taken.
type Verdict string

// The verdicts.
const (
	Fine    Verdict = "fine"
	TooMuch Verdict = "too-much" // it works, and reaches further than it should
	Soon    Verdict = "soon"     // it works, and will not for long
	Wrong   Verdict = "wrong"
)

// Finding is one thing that a trial found. Its words stand in the catalogs under
// sync.probe.<What>.<Verdict>.
type Finding struct {
	Verdict   Verdict  `json:"verdict"`
	What      string   `json:"what"` // sign-in, certificate, users, groups, org-contacts, source, shared, choice, mailboxes, beyond
	Part      string   `json:"part"` // which connection, source or target of the set-up
	Mailboxes []string `json:"mailboxes,omitempty"`
	Tried     int      `json:"tried,omitempty"`  // mailboxes, or how many are chosen
	Detail    string   `json:"detail,omitempty"` // what the system said, or a day
}

// Says is the finding in words, with what to do next.
func (f Finding) Says(lang string) string {
	if day, err := time.Parse(time.DateOnly, f.Detail); err == nil {
		f.Detail = i18n.Date(day, lang)
	}
	return i18n.T(lang, "sync.probe."+f.What+"."+string(f.Verdict), f.Part, i18n.Number(int64(len(f.Mailboxes)), lang), i18n.Number(int64(f.Tried), lang), f.Detail)
}

// How many mailboxes a trial looks into: of those that are chosen, and of those that
// are not.
const (
	mostTried  = 50
	mostBeyond = 5
)

// Probe tries a stored set-up. beyond are mailboxes that must not be reached.
func (y *Synchroniser) Probe(ctx context.Context, id string, beyond ...string) ([]Finding, error) {
	s, err := y.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	t := &trial{y: y, sync: s, setup: s.Setup, dead: map[string]bool{}}
	for _, key := range slices.Sorted(maps.Keys(s.Setup.Connections)) {
		t.connection(ctx, key)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Setup.Sources)) {
		t.source(ctx, name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Setup.Targets)) {
		t.target(ctx, name, beyond)
	}
	return t.found, nil
}

// trial is one trial of a set-up.
type trial struct {
	y     *Synchroniser
	sync  Sync
	setup Setup
	dead  map[string]bool // connections that let nobody in: the rest would only repeat it
	found []Finding
}

func (t *trial) add(what, part string, err error) {
	f := Finding{Verdict: Fine, What: what, Part: part}
	if err != nil {
		f.Verdict, f.Detail = Wrong, err.Error()
	}
	t.found = append(t.found, f)
}

// needs are the permissions of the directory that a connection to Microsoft Graph
// needs, by what is read with them.
func (s Setup) needs(key string) map[string]bool {
	needs := map[string]bool{}
	for _, source := range s.Sources {
		if source.File == "" && source.Connection == key && source.Mailbox == "" {
			needs["users"] = needs["users"] || source.What != listContacts
			needs["contacts"] = needs["contacts"] || source.What == listContacts
			needs["groups"] = needs["groups"] || len(source.Filter.Groups) > 0
		}
	}
	for _, target := range s.Targets {
		if target.Connection == key {
			here := target.Directory == ""
			needs["users"] = needs["users"] || here && target.chooses()
			needs["groups"] = needs["groups"] || here && len(target.Groups) > 0
		}
	}
	return needs
}

// connection tries whether an application is let in and may read what it needs.
// Accounts are tried with their sources and mailboxes.
func (t *trial) connection(ctx context.Context, key string) {
	c := t.setup.Connections[key]
	if c.Kind != kindGraph {
		return
	}
	client, err := t.y.graph(key, c)
	var can []graph.Reach
	if err == nil {
		can, err = client.Probe(ctx)
	}
	t.add("sign-in", key, err)
	if t.dead[key] = err != nil; err != nil {
		return
	}
	if at := c.ends(); !at.IsZero() {
		f := Finding{Verdict: Fine, What: "certificate", Part: key, Detail: at.UTC().Format(time.DateOnly)}
		if at.Before(t.y.env.Clock.Now().Add(warns)) {
			f.Verdict = Soon
		}
		t.found = append(t.found, f)
	}
	needs := t.setup.needs(key)
	for _, r := range can {
		if needs[r.What] {
			var err error
			if !r.Can {
				err = errors.New(r.Says)
			}
			t.add(map[string]string{"users": "users", "groups": "groups", "contacts": "org-contacts"}[r.What], key, err)
		}
	}
}

// errEnough ends a reading after the first contact.
var errEnough = errors.New("one is enough")

// source tries whether a source can be read.
func (t *trial) source(ctx context.Context, name string) {
	if t.dead[t.setup.Sources[name].Connection] {
		return
	}
	r, err := t.y.reader(ctx, t.sync, name)
	some := false
	if err == nil {
		_, err = r.read(ctx, "", func(roster.Entry) error { some = true; return errEnough }, func(string) error { return nil })
		if closes, ok := r.(io.Closer); ok {
			closes.Close()
		}
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && !some {
		t.found = append(t.found, Finding{Verdict: Wrong, What: "empty", Part: name})
		return
	}
	what := "source"
	if t.setup.Sources[name].Mailbox != "" {
		what = "shared"
	}
	t.add(what, name, err)
}

// target tries whether the mailboxes of a target are reached, and whether others
// are.
func (t *trial) target(ctx context.Context, name string, beyond []string) {
	target := t.setup.Targets[name]
	if t.dead[target.Connection] {
		return
	}
	p, err := t.y.place(t.sync, target)
	var chosen []string
	if err == nil {
		chosen, err = t.y.chosen(ctx, p, target)
	}
	if err != nil {
		t.add("choice", name, err)
		return
	}
	if len(chosen) == 0 {
		t.found = append(t.found, Finding{Verdict: Wrong, What: "nobody", Part: name})
		return
	}
	if target.chooses() {
		t.found = append(t.found, Finding{Verdict: Fine, What: "choice", Part: name, Tried: len(chosen)})
	}
	f := Finding{Verdict: Fine, What: "mailboxes", Part: name, Tried: min(len(chosen), mostTried)}
	for _, address := range chosen[:f.Tried] {
		if err := p.reach(ctx, address); err != nil {
			f.Verdict, f.Detail = Wrong, err.Error()
			f.Mailboxes = append(f.Mailboxes, address)
		}
	}
	t.found = append(t.found, f)
	t.beyond(ctx, name, p, chosen, beyond)
}

// beyond tries mailboxes that no target of the connection chooses: that they refuse
// is what limits the application.
func (t *trial) beyond(ctx context.Context, name string, p place, chosen, named []string) {
	f := Finding{Verdict: Fine, What: "beyond", Part: name}
	others := named
	if p.others != nil && len(others) == 0 {
		more, err := p.others(ctx, t.everywhere(ctx, t.setup.Targets[name].Connection, p, chosen), mostBeyond)
		if err != nil {
			return // it may not list anybody: then it finds nobody
		}
		others = more
	}
	for _, address := range others {
		f.Tried++
		if p.reach(ctx, address) == nil {
			f.Verdict = TooMuch
			f.Mailboxes = append(f.Mailboxes, address)
		}
	}
	if f.Tried > 0 {
		t.found = append(t.found, f)
	}
}

// everywhere are the mailboxes that any target of a connection chooses or any source
// reads.
func (t *trial) everywhere(ctx context.Context, connection string, p place, chosen []string) map[string]bool {
	all := map[string]bool{}
	for _, other := range t.setup.Targets {
		if other.Connection == connection {
			more, err := t.y.chosen(ctx, p, other)
			if err == nil {
				chosen = append(chosen, more...)
			}
		}
	}
	for _, source := range t.setup.Sources {
		if source.Connection == connection && source.Mailbox != "" {
			chosen = append(chosen, source.Mailbox)
		}
	}
	for _, address := range chosen {
		all[normal(address)] = true
	}
	return all
}

// Works reports whether nothing of a trial is wrong.
func Works(all []Finding) bool {
	return !slices.ContainsFunc(all, func(f Finding) bool { return f.Verdict == Wrong })
}

// WriteFindings writes what a trial found, for people.
func WriteFindings(w io.Writer, all []Finding, lang string) error {
	sign := map[Verdict]string{Fine: "ok", TooMuch: "!!", Soon: "!!", Wrong: "NO"}
	for _, f := range all {
		if _, err := fmt.Fprintf(w, "%s  %s\n", sign[f.Verdict], f.Says(lang)); err != nil {
			return err
		}
		for _, address := range f.Mailboxes {
			if _, err := fmt.Fprintf(w, "      %s\n", address); err != nil {
				return err
			}
		}
	}
	return nil
}

// othersOf returns some mailboxes of an organisation that are not chosen.
func othersOf(ctx context.Context, c *graph.Client, chosen map[string]bool, most int) (found []string, err error) {
	_, err = c.Users(ctx, "", func(e graph.Entry) error {
		if e.Enabled && !e.Guest && e.Mailbox != "" && !chosen[normal(e.Mailbox)] {
			found = append(found, e.Mailbox)
		}
		if len(found) >= most {
			return errEnough
		}
		return nil
	}, func(string) error { return nil })
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// refusal is why a mailbox is not reached, nil if it is.
func refusal(can []graph.Reach, err error) error {
	for _, r := range can {
		if err == nil && r.What == "mailbox" && !r.Can {
			err = fault.New(fault.Forbidden, "%s", r.Says)
		}
	}
	return err
}
