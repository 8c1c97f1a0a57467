package app

import (
	"kept/internal/activity/analytics"
	"kept/internal/console"
)

// visits hands a report of the statistics to the console, which knows no kind.
func visits(r analytics.Report) *console.Visits {
	v := &console.Visits{Visits: r.Visits, Visitors: r.Visitors, Views: r.PageViews, Average: r.Average()}
	for _, d := range r.Days {
		v.Days = append(v.Days, console.Day{Day: d.Day, Count: d.Visits})
	}
	for _, list := range []struct {
		key   string
		items []analytics.Count
	}{
		{"pages", r.Pages},
		{"sources", r.Sources},
		{"campaigns", r.Campaigns},
		{"searches", r.Searches},
		{"downloads", r.Downloads},
		{"links", r.Links},
		{"videos", r.Videos},
		{"scrolled", r.ScrolledToTheEnd},
		{"countries", r.Countries},
		{"languages", r.Languages},
		{"providers", r.Providers},
		{"devices", r.Devices},
		{"browsers", r.Browsers},
		{"systems", r.Systems},
		{"screens", r.Screens},
	} {
		named := make([]console.Named, len(list.items))
		for i, c := range list.items {
			named[i] = console.Named{Name: c.Name, Count: c.N}
		}
		v.Lists = append(v.Lists, console.List{Key: list.key, Items: named})
	}
	return v
}
