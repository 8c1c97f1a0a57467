package analytics

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/store"
	"kept/internal/store/event"
)

// Report is what happened on the site in a span of time. It holds counts only
// and is the operator's; visitors see their own data elsewhere.
type Report struct {
	From, To  time.Time
	Visitors  int64 // who came in two calendar months counts twice: months cannot be tied together
	Visits    int64
	PageViews int64
	Time      time.Duration // all visits together, from the first event of each to its last
	Days      []Day

	Pages, Sources, Campaigns, Searches        []Count
	Countries, Languages, Providers            []Count
	Browsers, Systems, Devices, Screens        []Count
	Links, Downloads, Videos, ScrolledToTheEnd []Count
}

// Average returns how long a visit lasts on average.
func (r Report) Average() time.Duration {
	if r.Visits == 0 {
		return 0
	}
	return (r.Time / time.Duration(r.Visits)).Round(time.Second)
}

// Day is one day, counted in UTC.
type Day struct {
	Day               time.Time
	Visits, PageViews int64
}

// Count is how often something was met.
type Count struct {
	Name string
	N    int64
}

// list is one list of a report: how often each word of a column was met in
// events of one type.
type list struct {
	column, event string
	into          func(r *Report) *[]Count
}

var lists = []list{
	{"page", pageView, func(r *Report) *[]Count { return &r.Pages }},
	{"referrer", sessionStart, func(r *Report) *[]Count { return &r.Sources }},
	{"campaign", sessionStart, func(r *Report) *[]Count { return &r.Campaigns }},
	{"region", sessionStart, func(r *Report) *[]Count { return &r.Countries }},
	{"language", sessionStart, func(r *Report) *[]Count { return &r.Languages }},
	{"provider", sessionStart, func(r *Report) *[]Count { return &r.Providers }},
	{"browser", sessionStart, func(r *Report) *[]Count { return &r.Browsers }},
	{"os", sessionStart, func(r *Report) *[]Count { return &r.Systems }},
	{"device", sessionStart, func(r *Report) *[]Count { return &r.Devices }},
	{"screen", sessionStart, func(r *Report) *[]Count { return &r.Screens }},
	{"search", search, func(r *Report) *[]Count { return &r.Searches }},
	{"outbound_link", outbound, func(r *Report) *[]Count { return &r.Links }},
	{"download", download, func(r *Report) *[]Count { return &r.Downloads }},
	{"video", video, func(r *Report) *[]Count { return &r.Videos }},
	{"page", scroll, func(r *Report) *[]Count { return &r.ScrolledToTheEnd }},
}

// longestList is how many lines a list of a report has.
const longestList = 20

// Report counts what happened at from or later, and before to.
func (c *Collector) Report(ctx context.Context, from, to time.Time) (Report, error) {
	r := Report{From: from, To: to}
	found := make([]map[string]int64, len(lists))
	for i := range found {
		found[i] = map[string]int64{}
	}
	days := map[int64]*Day{}
	err := c.env.Events.In(ctx, eventTable, from, to, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		s := span{q: q, from: from.UnixMilli() << 22, to: to.UnixMilli() << 22}
		for i, l := range lists {
			if err := s.count(ctx, l, found[i]); err != nil {
				return fmt.Errorf("count %s: %w", l.column, err)
			}
		}
		if err := s.days(ctx, days); err != nil {
			return fmt.Errorf("count days: %w", err)
		}
		return s.visits(ctx, &r)
	})
	if err != nil {
		return Report{}, fmt.Errorf("report: %w", err)
	}
	for i, l := range lists {
		*l.into(&r) = top(found[i])
	}
	for _, d := range days {
		r.Days = append(r.Days, *d)
		r.PageViews += d.PageViews
		r.Visits += d.Visits
	}
	slices.SortFunc(r.Days, func(x, y Day) int { return x.Day.Compare(y.Day) })
	return r, nil
}

func top(found map[string]int64) []Count {
	all := make([]Count, 0, len(found))
	for name, n := range found {
		all = append(all, Count{name, n})
	}
	slices.SortFunc(all, func(x, y Count) int {
		if x.N != y.N {
			return int(y.N - x.N)
		}
		return strings.Compare(x.Name, y.Name)
	})
	return all[:min(len(all), longestList)]
}

// span reads one partition between two ids.
type span struct {
	q        store.Querier
	from, to int64
}

// ofType finds the events of one type: the type is a word of the partition.
const ofType = "event = (select id from analytics_event_word where text = $3)"

func (s span) count(ctx context.Context, l list, into map[string]int64) error {
	return s.each(ctx, "select w.text, count(*) from analytics_event e join analytics_event_word w on w.id = e."+l.column+
		" where e.id >= $1 and e.id < $2 and e."+ofType+" group by w.text", []any{s.from, s.to, l.event},
		func(scan func(...any) error) error {
			var name string
			var n int64
			err := scan(&name, &n)
			into[name] += n
			return err
		})
}

func (s span) days(ctx context.Context, into map[int64]*Day) error {
	for _, what := range []string{pageView, sessionStart} {
		err := s.each(ctx, "select at / 86400000, count(*) from analytics_event where id >= $1 and id < $2 and "+ofType+" group by at / 86400000",
			[]any{s.from, s.to, what}, func(scan func(...any) error) error {
				var day, n int64
				if err := scan(&day, &n); err != nil {
					return err
				}
				if into[day] == nil {
					into[day] = &Day{Day: time.UnixMilli(day * 86400000).UTC()}
				}
				if what == pageView {
					into[day].PageViews += n
				} else {
					into[day].Visits += n
				}
				return nil
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// visits adds the visitors and the time between events that are less than
// visitEnds apart.
func (s span) visits(ctx context.Context, r *Report) error {
	var visitors, millis int64
	err := s.q.QueryRowContext(ctx, `select count(distinct person), coalesce(sum(case when at - before <= $3 then at - before else 0 end), 0)
		from (select person, at, lag(at) over (partition by person order by id) as before
			from analytics_event where person is not null and id >= $1 and id < $2) as followed`,
		s.from, s.to, visitEnds.Milliseconds()).Scan(&visitors, &millis)
	if err != nil {
		return fmt.Errorf("count visits: %w", store.Classify(err))
	}
	r.Visitors += visitors
	r.Time += time.Duration(millis) * time.Millisecond
	return nil
}

func (s span) each(ctx context.Context, query string, args []any, f func(scan func(...any) error) error) error {
	rows, err := s.q.QueryContext(ctx, query, args...)
	if err != nil {
		return store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
