package request_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// What belongs to one request is reached through no other: neither the file nor the
// letter of somebody else, by a person's pass or from the page of another case, although
// who asks may see the case that they name (threat 3).
func TestNothingIsReachedThroughAnotherCase(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		other := o.newcomer("bob@example.org")
		answered := func(address string) (request.Case, string, request.Dossier) {
			c, pass := o.prove(o.ask(address, rights.Access), address)
			o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
			o.work()
			o.reply(c, request.Purpose{Kind: request.Reply})
			x, err := o.Look(o.Ctx, c.ID, "staff-1")
			if err != nil || len(x.Packages) != 1 || other == "" {
				t.Fatalf("%+v, %v", x.Packages, err)
			}
			return o.now(c), request.CookieName + "=" + pass, x
		}
		mine, pass, own := answered(ada)
		_, _, theirs := answered("bob@example.org")
		for file, want := range map[string]int{own.Packages[0].ID: http.StatusOK, theirs.Packages[0].ID: http.StatusNotFound} {
			if r, _ := o.do(o.site, http.MethodGet, "/privacy/request/package/"+file, nil, "Cookie", pass); r.StatusCode != want {
				t.Errorf("by a pass: %s, want %d", r.Status, want)
			}
			if r, _ := o.do(o.desk, http.MethodPost, "/requests/"+mine.ID+"/package/"+file, url.Values{}); r.StatusCode != want {
				t.Errorf("from the page of the case: %s, want %d", r.Status, want)
			}
		}
		letter := theirs.Letters[len(theirs.Letters)-1].ID
		for _, path := range []string{"letter", "decision"} {
			if r, _ := o.do(o.desk, http.MethodPost, "/requests/"+mine.ID+"/"+path+"/"+letter, url.Values{"do": {"save"}, "title": {"x"}, "text": {"y"}}); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s of another case: %s", path, r.Status)
			}
		}
		if err := o.Edit(o.Ctx, mine.ID, letter, "x", "y"); !fault.Is(err, fault.NotFound) {
			t.Errorf("edited through another case: %v", err)
		}
	})
}

// ledgers is another system, which may not answer.
type ledgers struct {
	rows int64
	down bool
}

func (l *ledgers) up() error {
	if l.down {
		return fault.New(fault.Unavailable, "ledgers does not answer")
	}
	return nil
}

func (*ledgers) Correctable() []rights.Place {
	return []rights.Place{{System: "ledgers", Field: "customer.city"}}
}

func (l *ledgers) Systems() []string { return []string{"ledgers"} }

func (l *ledgers) Plan(_ context.Context, _ rights.Person, r rights.Right, _ rights.Wish) ([]rights.Planned, error) {
	if l.rows == 0 || r != rights.Erasure {
		return nil, l.up()
	}
	return []rights.Planned{{System: "ledgers", Does: rights.Deletes, Part: rights.Part{Activity: "circle", Table: "customer", Rows: l.rows}}}, l.up()
}

func (l *ledgers) Read(context.Context, rights.Person, rights.Right, func(rights.Record) error) error {
	return l.up()
}

func (l *ledgers) Erase(context.Context, rights.Person, string) ([]rights.Part, error) {
	if err := l.up(); err != nil {
		return nil, err
	}
	gone := rights.Part{Activity: "circle", Table: "customer", Rows: l.rows}
	l.rows = 0
	return []rights.Part{gone}, nil
}

func (l *ledgers) Correct(context.Context, rights.Person, []rights.Correction, []rights.Planned, string) ([]rights.Part, error) {
	return nil, l.up()
}

func (l *ledgers) Mark(context.Context, rights.Person, rights.Right, rights.Wish, bool) ([]rights.Part, error) {
	return nil, l.up()
}

func (l *ledgers) Left(context.Context, rights.Person) ([]rights.Part, error) {
	if l.rows == 0 {
		return nil, l.up()
	}
	return []rights.Part{{Activity: "circle", Table: "customer", Rows: l.rows}}, l.up()
}

// A system that does not answer holds a request up, however long, and is named: while
// it is down nobody approves a plan without it, nothing is told done, and when it is
// back the request goes on by itself (threat 15).
func TestASystemThatIsDownClosesNoRequest(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		erp := &ledgers{rows: 3, down: true}
		o.rights.Elsewhere = []rights.Elsewhere{erp}
		c, _ := o.prove(o.ask(ada, rights.Erasure), ada)
		long := func(want request.State) {
			t.Helper()
			for range 45 {
				o.Clock.Advance(day)
				o.work()
				if erp.rows == 0 || o.now(c).State != want {
					t.Fatalf("with a system down: %s, %d rows there", o.now(c).State, erp.rows)
				}
			}
		}
		long(request.Planned)
		if _, err := o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}); !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Conflict) {
			t.Errorf("approved without the system: %v", err)
		}
		erp.down = false
		o.Clock.Advance(hour)
		o.work()
		o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
		erp.down = true
		long(request.Executing)
		if _, err := o.Draft(o.Ctx, c.ID, request.Purpose{Kind: request.Reply}); !fault.Is(err, fault.Conflict) {
			t.Errorf("told done before it is: %v", err)
		}
		erp.down = false
		for range 4 {
			o.Clock.Advance(hour)
			o.work()
		}
		o.is(c, request.Carried)
		if erp.rows != 0 {
			t.Errorf("%d rows are left there", erp.rows)
		}
	})
}
