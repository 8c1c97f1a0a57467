package contactsync

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

type mailboxesPage struct {
	onePage
	Boxes []stateLine
	More  int
}

type stateLine struct {
	BoxState
	Remedy, Link string
}

// showMailboxes shows how each mailbox stands, those that fail before the others.
func (y *Synchroniser) showMailboxes(w http.ResponseWriter, r *http.Request) error {
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	p := mailboxesPage{onePage: y.page(r, s, "boxes.title")}
	all, err := y.Mailboxes(r.Context(), s.ID)
	if err != nil {
		return err
	}
	for _, b := range all {
		if len(p.Boxes) == mostLines {
			p.More = len(all) - mostLines
			break
		}
		p.Boxes = append(p.Boxes, p.state(b))
	}
	return pages.Show(y.shell(), w, r, "mailboxes", p)
}

// state is how a mailbox stands, with what to do if something is wrong.
func (p onePage) state(b BoxState) stateLine {
	line := stateLine{BoxState: b, Link: p.box(b.Address)}
	if b.Problem != "" {
		line.Remedy = p.T("remedy." + b.Problem)
	}
	return line
}

// box is the address of the page about one mailbox.
func (p onePage) box(address string) string {
	at := p.At("/mailbox")
	return at + joiner(at) + url.Values{"address": {address}}.Encode()
}

type mailboxPage struct {
	onePage
	Address string
	Lines   []Line
	Total   int64
	States  []stateLine // of its targets
	Past    []pastLine  // what went wrong in it
}

// Dropped is a value that a contact has no room for, in words.
func (p mailboxPage) Dropped(what string) string {
	kind, value, _ := cutSpace(what)
	return strings.TrimSpace(p.T("drop."+kind) + " " + value)
}

type pastLine struct {
	Begun    time.Time
	Remedies []Remedy
}

// showMailbox shows how one mailbox stands, what would be written into it, and what went
// wrong in it.
func (y *Synchroniser) showMailbox(w http.ResponseWriter, r *http.Request) error {
	s, err := y.mine(r)
	if err != nil {
		return err
	}
	p := mailboxPage{onePage: y.page(r, s, "mailbox.title"), Address: r.URL.Query().Get("address")}
	lines, count, err := y.Show(r.Context(), s.ID, p.Address)
	if err != nil {
		return err
	}
	p.Lines, p.Total = lines, count.Creates+count.Updates+count.Deletes
	all, err := y.Mailboxes(r.Context(), s.ID)
	if err != nil {
		return err
	}
	for _, b := range all {
		if normal(b.Address) == normal(p.Address) {
			p.States = append(p.States, p.state(b))
		}
	}
	if p.Past, err = y.pastOf(r, s, p); err != nil {
		return err
	}
	return pages.Show(y.shell(), w, r, "mailbox", p)
}

// pastOf is what went wrong in a mailbox in the latest runs.
func (y *Synchroniser) pastOf(r *http.Request, s Sync, p mailboxPage) (found []pastLine, err error) {
	runs, err := y.History(r.Context(), s.ID, mostRuns)
	if err != nil {
		return nil, err
	}
	for _, x := range runs {
		var here []BoxProblem
		for _, problem := range x.Problems {
			if normal(problem.Address) == normal(p.Address) {
				here = append(here, problem)
			}
		}
		if len(here) == 0 {
			continue
		}
		remedies, err := y.Remedies(r.Context(), s, here, p.Lang)
		if err != nil {
			return nil, err
		}
		found = append(found, pastLine{x.Begun, remedies})
	}
	return found, nil
}
