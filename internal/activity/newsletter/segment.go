package newsletter

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// Ground is what mails to a subscriber rest on.
type Ground string

// The grounds.
const (
	ByConsent  Ground = "consent"
	ByCustomer Ground = "customer" // § 7(3) UWG
)

// Company says whether a segment asks for a company.
type Company string

// The answers; the zero Company does not ask.
const (
	WithCompany    Company = "with"
	WithoutCompany Company = "without"
)

// Segment is a named question about the subscribers of one entry of the policy.
// Every part that is not empty has to hold; of several values of a part, one.
// A segment is asked anew each time: it holds nobody.
type Segment struct {
	ID        string    `json:"id,omitempty"`
	Activity  string    `json:"activity"`
	Name      string    `json:"name"`
	Topics    []string  `json:"topics,omitempty"`
	Languages []string  `json:"languages,omitempty"`
	Lists     []string  `json:"lists,omitempty"` // ids
	Ground    Ground    `json:"ground,omitempty"`
	Company   Company   `json:"company,omitempty"`
	From      time.Time `json:"confirmed_from,omitzero"`   // confirmed at or after
	Until     time.Time `json:"confirmed_before,omitzero"` // confirmed before
	Contents  []string  `json:"contents,omitempty"`        // ids of the descriptions that the consent has to name one of (Description)
}

// Recipient is a subscriber who may be written to.
type Recipient struct {
	ID      string // of the subscription
	Subject string
}

// check returns Invalid if the segment asks what the entry does not know.
func (s *Segment) check(a *policy.Activity) error {
	name := strings.TrimSpace(s.Name)
	switch {
	case name == "" || len(name) > longest || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return fault.New(fault.Invalid, "a segment has a name of at most %d bytes and no line breaks", longest)
	case s.Ground != "" && s.Ground != ByConsent && s.Ground != ByCustomer:
		return fault.New(fault.Invalid, "mails rest on %s or %s, not on %q", ByConsent, ByCustomer, s.Ground)
	case s.Company != "" && s.Company != WithCompany && s.Company != WithoutCompany:
		return fault.New(fault.Invalid, "a segment asks for subscribers %s or %s company, not %q", WithCompany, WithoutCompany, s.Company)
	case !s.From.IsZero() && !s.Until.IsZero() && !s.From.Before(s.Until):
		return fault.New(fault.Invalid, "the segment ends before it begins: nobody can be confirmed in that time")
	}
	return knownTopics(a, s.Topics)
}

// Covers returns Refused if the entry offers topics and the segment names none:
// who chose topics consented to them and to nothing else.
func (s *Segment) Covers(a *policy.Activity) error {
	if len(topicsOf(a)) > 0 && len(s.Topics) == 0 {
		return fault.New(fault.Refused, "%s offers topics, and each subscriber consented to those that they chose: say which topics the mail is about", a.Key)
	}
	return nil
}

// where returns the condition of a segment on newsletter_subscriber s with its
// arguments: confirmed, not ended, not suppressed.
func (s *Segment) where() (string, []any) {
	q := question{args: []any{s.Activity}}
	q.and("s.activity = $1 and s.confirmed_at is not null and s.unsubscribed_at is null")
	q.and("not exists (select 1 from newsletter_proof p where p.subject = s.subject and p.activity = s.activity and p.suppression is not null)")
	if s.Ground != "" {
		q.and("s.ground = %s", string(s.Ground))
	}
	switch s.Company {
	case WithCompany:
		q.and("s.company is not null")
	case WithoutCompany:
		q.and("s.company is null")
	}
	if !s.From.IsZero() {
		q.and("s.confirmed_at >= %s", store.At(s.From))
	}
	if !s.Until.IsZero() {
		q.and("s.confirmed_at < %s", store.At(s.Until))
	}
	quoted := make([]string, len(s.Topics)) // a topic as it stands in the JSON list
	for i, t := range s.Topics {
		quoted[i] = `%"` + t + `"%`
	}
	q.any("s.topics like %s", quoted)
	q.any("s.language = %s", s.Languages)
	q.any("coalesce(s.contents, '') = %s", s.Contents)
	q.any("exists (select 1 from newsletter_member m where m.subscription = s.id and m.list = %s)", s.Lists)
	return strings.Join(q.parts, " and "), q.args
}

// question gathers conditions and their arguments.
type question struct {
	parts []string
	args  []any
}

// and adds a condition; %s stands for its value.
func (q *question) and(condition string, value ...any) {
	if len(value) > 0 {
		q.args = append(q.args, value[0])
		condition = fmt.Sprintf(condition, fmt.Sprintf("$%d", len(q.args)))
	}
	q.parts = append(q.parts, condition)
}

// any adds that a condition holds for one of some values, nothing without any.
func (q *question) any(condition string, values []string) {
	if len(values) == 0 {
		return
	}
	one := question{args: q.args}
	for _, v := range values {
		one.and(condition, v)
	}
	q.args = one.args
	q.parts = append(q.parts, "("+strings.Join(one.parts, " or ")+")")
}

// Recipients returns the next page of those whom a segment finds and who may be
// written to now, in the order of their subjects, in which keys and letters lie too:
// at most n behind the subject after. next is the after of the next page, empty at the
// end; a page can be shorter than n before that. Nobody is returned who left, objected, is suppressed, or whose data is
// restricted. A page holds n rows, however many subscribers there are.
func (n *Newsletter) Recipients(ctx context.Context, q store.Querier, s Segment, after string, limit int) (page []Recipient, next string, err error) {
	barred, err := n.barred(ctx, s.Activity)
	if err != nil {
		return nil, "", err
	}
	where, args := s.where()
	args = append(args, after, limit)
	rows, err := q.QueryContext(ctx, fmt.Sprintf("select s.id, s.subject from newsletter_subscriber s where %s and s.subject > $%d order by s.subject limit $%d",
		where, len(args)-1, len(args)), args...)
	if err != nil {
		return nil, "", store.Classify(err)
	}
	defer rows.Close()
	found := 0
	for rows.Next() {
		var r Recipient
		if err := rows.Scan(&r.ID, &r.Subject); err != nil {
			return nil, "", err
		}
		if found++; found == limit {
			next = r.Subject
		}
		if !barred(r.Subject) {
			page = append(page, r)
		}
	}
	return page, next, store.Classify(rows.Err())
}

// Count returns how many a segment finds now.
func (n *Newsletter) Count(ctx context.Context, s Segment) (total int64, err error) {
	for after := ""; ; {
		page, next, err := n.Recipients(ctx, n.env.DB, s, after, countPage)
		if err != nil {
			return 0, err
		}
		if total += int64(len(page)); next == "" {
			return total, nil
		}
		after = next
	}
}

// countPage is how many ids are held at a time where people are counted.
const countPage = 5000

// Mailable reports whether one subscriber may be written to at this moment: what
// a page said a while ago is asked again before each mail.
func (n *Newsletter) Mailable(ctx context.Context, q store.Querier, s Segment, subscription string) (bool, error) {
	where, args := s.where()
	args = append(args, subscription)
	var who string
	err := q.QueryRowContext(ctx, fmt.Sprintf("select s.subject from newsletter_subscriber s where %s and s.id = $%d", where, len(args)), args...).Scan(&who)
	if err = store.Classify(err); err != nil {
		return false, ignoreMissing(err)
	}
	barred, err := n.barred(ctx, s.Activity)
	return err == nil && !barred(who), err
}

func ignoreMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// barred tells who must not be written to although they are on the list: whose
// data is restricted, who objected to the entry, who wants no mails at all.
func (n *Newsletter) barred(ctx context.Context, activity string) (func(subject string) bool, error) {
	sets, err := n.barredSets(ctx, activity)
	return func(subject string) bool {
		return slices.ContainsFunc(sets, func(s map[string]bool) bool { return s[subject] })
	}, err
}

func (n *Newsletter) barredSets(ctx context.Context, activity string) ([]map[string]bool, error) {
	restricted, err := n.env.Subjects.Restricted(ctx)
	if err != nil {
		return nil, err
	}
	sets := []map[string]bool{restricted}
	for _, a := range []string{activity, mail.Name} {
		objected, err := n.env.Subjects.Objectors(ctx, a)
		if err != nil {
			return nil, err
		}
		sets = append(sets, objected)
	}
	return sets, nil
}
