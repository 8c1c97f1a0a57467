package request

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/duty/notice"
	"kept/internal/duty/rights"
	"kept/internal/i18n"
	"kept/internal/page"
)

// deskPath is where the staff's pages lie.
const deskPath = "/requests"

// Routes are the room's lines of the access table.
func (d *Desk) Routes() []access.Route {
	line := func(method, path string, right access.Right, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: deskPath + path, Right: right, MaxBody: 256 << 10, Handle: h}
	}
	return append(d.siteRoutes(),
		line(http.MethodGet, "", access.Requests, d.listPage),
		line(http.MethodGet, "/new", access.Enter, d.newForm),
		line(http.MethodPost, "/new", access.Enter, d.enterNew),
		line(http.MethodGet, "/calendar", access.Requests, d.calendarPage),
		line(http.MethodGet, "/calendar.ics", access.Requests, d.calendarFile),
		line(http.MethodGet, "/statistics", access.Requests, d.statisticsPage),
		line(http.MethodGet, "/register.csv", access.Requests, d.registerFile),
		line(http.MethodGet, "/register.json", access.Requests, d.registerFile),
		line(http.MethodGet, "/{id}", access.Requests, d.onePage),
		line(http.MethodPost, "/{id}/classify", access.Requests, d.classify),
		line(http.MethodPost, "/{id}/correct", access.Requests, d.correct),
		line(http.MethodPost, "/{id}/identify", access.Requests, d.identify),
		line(http.MethodPost, "/{id}/plan", access.Requests, d.replan),
		line(http.MethodPost, "/{id}/resume", access.Requests, d.resume),
		line(http.MethodPost, "/{id}/withdraw", access.Requests, d.withdraw),
		line(http.MethodPost, "/{id}/draft", access.Requests, d.draft),
		line(http.MethodPost, "/{id}/letter/{letter}", access.Requests, d.dispatch),
		line(http.MethodPost, "/{id}/approve", access.Decide, d.approve),
		line(http.MethodPost, "/{id}/decide", access.Decide, d.draftDecision),
		line(http.MethodPost, "/{id}/decision/{letter}", access.Decide, d.dispatchDecision),
		line(http.MethodPost, "/{id}/package/{package}", access.Decide, d.fetchForPost),
	)
}

// Entries are the room's lines of the console's navigation.
func (d *Desk) Entries(role access.Role) []page.Entry {
	if role.May(access.Requests) {
		return []page.Entry{{Path: deskPath, Word: "request.nav"}}
	}
	if role.May(access.Enter) {
		return []page.Entry{{Path: deskPath + "/new", Word: "request.new.title"}}
	}
	return nil
}

// deskPage is what every page of the staff's has.
type deskPage struct {
	page.Base
	Now   time.Time
	names notice.Names
	staff map[string]string // addresses by id
}

func (d *Desk) deskPage(r *http.Request, title string) deskPage {
	v := deskPage{Base: d.desk.Open(r, section), Now: d.Clock.Now()}
	v.Title, v.Here = v.T(title), deskPath
	v.names = notice.NewNames(d.Policy(), v.Lang)
	return v
}

// Right names a right.
func (p deskPage) Right(r rights.Right) string { return p.T("right." + string(r)) }

// Article is where the law has a right.
func (p deskPage) Article(r rights.Right) string { return i18n.Law(Article(r), p.Lang) }

// State names a state.
func (p deskPage) State(s State) string { return p.T("state." + string(s)) }

// Who names who did something.
func (p deskPage) Who(by string) string { return who(p.Lang, by, p.staff) }

// Recipient names a recipient.
func (p deskPage) Recipient(key string) string { return p.names.Recipient(key) }

// Rows counts rows.
func (p deskPage) Rows(n int64) string { return i18n.Count(p.Lang, "request.rows", n) }

// Size writes a size.
func (p deskPage) Size(n int64) string { return i18n.Bytes(n, p.Lang) }

// Clock says how much time is left to answer, or that the clock stands still.
func (p deskPage) Clock(c Case) string {
	switch {
	case !c.Open():
		return p.T("clock.over")
	case !c.PausedSince.IsZero():
		return p.T("clock.stands." + string(c.PauseWhy))
	case c.Late(p.Now):
		return p.T("clock.late")
	}
	days := int(c.Due.Sub(p.Now) / (24 * time.Hour))
	if days == 0 {
		return p.T("clock.today")
	}
	return p.Count("clock.days", days)
}

type casesPage struct {
	deskPage
	Cases  []Case
	All    bool
	Search string
}

func (d *Desk) listPage(w http.ResponseWriter, r *http.Request) error {
	v := casesPage{deskPage: d.deskPage(r, "list.title"), All: r.URL.Query().Get("all") != "", Search: r.URL.Query().Get("number")}
	var err error
	if v.Cases, err = d.List(r.Context(), Which{Open: !v.All && v.Search == "", Matches: v.Search, Most: 500}); err != nil {
		return err
	}
	return pages.Show(d.desk, w, r, "list", v)
}

type calendarPage struct {
	deskPage
	Days []Day
}

func (d *Desk) calendarPage(w http.ResponseWriter, r *http.Request) error {
	v := calendarPage{deskPage: d.deskPage(r, "calendar.title")}
	var err error
	if v.Days, err = d.Calendar(r.Context()); err != nil {
		return err
	}
	return pages.Show(d.desk, w, r, "calendar", v)
}

func (d *Desk) calendarFile(w http.ResponseWriter, r *http.Request) error {
	access.Personal(w.Header())
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="requests.ics"`)
	return d.ICalendar(r.Context(), w, d.desk.Open(r, section).Lang)
}

type statisticsPage struct {
	deskPage
	Statistics
	Year     int
	Rights   []counting
	Channels []counting
	Grounds  []counting
}

// counting is a number under a name.
type counting struct {
	Name string
	N    int
}

func (d *Desk) statisticsPage(w http.ResponseWriter, r *http.Request) error {
	v := statisticsPage{deskPage: d.deskPage(r, "statistics.title")}
	v.Year = yearOf(r, v.Now.In(Zone(d.Policy())))
	from, to := yearBounds(v.Year, Zone(d.Policy()))
	var err error
	if v.Statistics, err = d.Count(r.Context(), from, to); err != nil {
		return err
	}
	for _, x := range Rights() {
		if n := v.Statistics.Rights[x]; n > 0 {
			v.Rights = append(v.Rights, counting{v.Right(x), n})
		}
	}
	for _, x := range Channels() {
		if n := v.Statistics.Channels[x]; n > 0 {
			v.Channels = append(v.Channels, counting{v.T("channel." + string(x)), n})
		}
	}
	for _, x := range Grounds() {
		if n := v.Statistics.Grounds[x]; n > 0 {
			v.Grounds = append(v.Grounds, counting{v.T("ground." + string(x)), n})
		}
	}
	return pages.Show(d.desk, w, r, "statistics", v)
}

func yearOf(r *http.Request, now time.Time) int {
	if t, err := time.Parse("2006", r.URL.Query().Get("year")); err == nil {
		return t.Year()
	}
	return now.Year()
}

func yearBounds(year int, zone *time.Location) (from, to time.Time) {
	return time.Date(year, 1, 1, 0, 0, 0, 0, zone), time.Date(year+1, 1, 1, 0, 0, 0, 0, zone)
}

// registerFile is the register for an authority: of a year, or of all of them.
func (d *Desk) registerFile(w http.ResponseWriter, r *http.Request) error {
	by, err := d.desk.Person(r)
	if err != nil {
		return err
	}
	var from, to time.Time
	if r.URL.Query().Get("year") != "" {
		from, to = yearBounds(yearOf(r, d.Clock.Now()), Zone(d.Policy()))
	}
	asCSV := r.URL.Path == deskPath+"/register.csv"
	access.Personal(w.Header())
	w.Header().Set("X-Content-Type-Options", "nosniff")
	kind, name := "application/json", "requests.json"
	if asCSV {
		kind, name = "text/csv; charset=utf-8", "requests.csv"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return d.Export(r.Context(), w, from, to, asCSV, by.ID)
}

// dossierPage is one request as the staff sees it.
type dossierPage struct {
	deskPage
	Dossier
	Lang       string          // of the page, not of the person
	Can        map[string]bool // what can be done now, by event or letter
	Rights     []option
	Activities []option
	Fields     []option
	Grounds    []Ground
	Waits      []string // systems that an order waits for
	ByHand     []string // systems in which a person has still to do it
	Restrict   []string // systems in which a person has to restrict while the case is examined
	Unproven   bool     // a new address has to be proven first
	Down       []string
	Drafts     []Draft
	Sent       []Draft
	Lacking    []rights.Right // what cannot be planned before a person has entered what it is about
}

// Last is the last day on which something is kept that ends at a moment.
func (p dossierPage) Last(end time.Time) string { return p.Date(lastOf(end)) }

// Title of an activity, as the notice names it.
func (p dossierPage) Activity(key string) string {
	i := slices.IndexFunc(p.Activities, func(o option) bool { return o.Value == key })
	if i < 0 {
		return key
	}
	return p.Activities[i].Title
}

// Called names a field of a plan; one of another system is named as that does.
func (p dossierPage) Called(field string) string {
	i := slices.IndexFunc(p.Fields, func(o option) bool { return o.Value == field })
	if i < 0 {
		return field
	}
	return p.Fields[i].Title
}

// mostRows is how many rows the page of a plan names, the others it counts.
const mostRows = 20

// Empty names the rows that a value is added to: by the day on which each came about,
// and by its key.
func (p dossierPage) Empty(rows []rights.Row) string {
	var names []string
	for _, r := range rows[:min(len(rows), mostRows)] {
		name := r.Key
		if !r.At.IsZero() {
			name = p.DateTime(r.At) + " (" + r.Key + ")"
		}
		names = append(names, name)
	}
	if more := len(rows) - mostRows; more > 0 {
		return p.T("plan.more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}

func (d *Desk) onePage(w http.ResponseWriter, r *http.Request) error {
	by, err := d.desk.Person(r)
	if err != nil {
		return err
	}
	v := dossierPage{deskPage: d.deskPage(r, "one.title"), Grounds: Grounds()}
	if v.Dossier, err = d.Look(r.Context(), r.PathValue("id"), by.ID); err != nil {
		return err
	}
	v.Lang, v.Title = v.deskPage.Lang, v.T("one.title", v.Case.Number)
	if v.Case.State == Identified || v.Case.State == Planned {
		if v.Lacking, err = d.lacking(r.Context(), v.Case); err != nil {
			return err
		}
	}
	if v.Case.Open() {
		orders, err := d.Rights.Orders(r.Context(), v.ID)
		if err != nil {
			return err
		}
		for _, o := range orders {
			if o.Right == rights.Restricted { // nothing else waits for it
				v.Restrict = append(v.Restrict, o.ByHand...)
				continue
			}
			v.Waits, v.ByHand = append(v.Waits, o.Waits...), append(v.ByHand, o.ByHand...)
		}
	}
	if d.Staff != nil {
		if v.staff, err = d.Staff(r.Context()); err != nil {
			return err
		}
	}
	d.choices(&v)
	v.Down, v.Unproven = down(v.Plans), unproven(v.Plans)
	for _, l := range v.Letters {
		if l.Sent.IsZero() {
			v.Drafts = append(v.Drafts, l)
			continue
		}
		v.Sent = append(v.Sent, l)
	}
	d.can(&v)
	return pages.Show(d.desk, w, r, "one", v)
}

// choices are what forms of a case let choose.
func (d *Desk) choices(v *dossierPage) {
	for _, right := range Rights() {
		v.Rights = append(v.Rights, option{Value: string(right), Title: v.Right(right), Chosen: slices.Contains(v.Case.Rights, right)})
	}
	p := d.Policy()
	for i := range p.Activities {
		a := &p.Activities[i]
		v.Activities = append(v.Activities, option{Value: a.Key, Title: v.names.Activity(a), Chosen: a.Key == v.Case.Activity})
	}
	v.Fields = d.correctable(v.Lang, "")
	for _, p := range d.Rights.Elsewheres() {
		v.Fields = append(v.Fields, option{Value: placed(p), Title: p.Field + " (" + p.System + ")"})
	}
}

// can works out which buttons would do something.
func (d *Desk) can(v *dossierPage) {
	v.Can = map[string]bool{}
	for _, e := range []Event{Plan, Approve, Resume, Withdraw} {
		_, err := v.Case.progress().after(e)
		v.Can[string(e)] = err == nil
	}
	v.Can["approve"] = v.Can["approve"] && v.Plans != nil && len(v.Down) == 0 && !v.Unproven
	v.Can["identify"] = v.Case.State == Received || v.Case.State == Waiting || v.Case.State == Identified || v.Case.State == Planned
	v.Can["classify"] = v.Can["identify"]
	for _, p := range []Purpose{{Kind: Doubt, Reason: "-"}, {Kind: Clarify, Reason: "-"}, {Kind: Extension, Reason: "-"}, {Kind: Refusal, Reason: "-", Ground: Unfounded}, {Kind: Reply}} {
		v.Can[string(p.Kind)] = d.may(v.Case, p) == nil
	}
	v.Can["write"] = !final[v.Case.State]
	v.Can["post"] = v.Contact.Mail == ""
}

// Planned pairs a plan with its place, for the names of its fields.
func (p dossierPage) Planned(r rights.Right) []rights.Planned {
	i := slices.IndexFunc(p.Plans, func(x rights.Plan) bool { return x.Right == r })
	if i < 0 {
		return nil
	}
	return p.Plans[i].Parts
}

type newPage struct {
	deskPage
	Rights     []option
	Activities []option
	Done       string // number of the one just entered
}

func (d *Desk) newPage(r *http.Request, f page.Form) newPage {
	v := newPage{deskPage: d.deskPage(r, "new.title")}
	v.Form, v.Done = f, ""
	for _, right := range Rights() {
		v.Rights = append(v.Rights, option{Value: string(right), Title: v.Right(right), Chosen: slices.Contains(f.Values("right"), string(right))})
	}
	p := d.Policy()
	v.Activities = []option{{Title: v.T("ask.everything")}}
	for i := range p.Activities {
		v.Activities = append(v.Activities, option{Value: p.Activities[i].Key, Title: v.names.Activity(&p.Activities[i]), Chosen: f.Value("activity") == p.Activities[i].Key})
	}
	return v
}

func (d *Desk) newForm(w http.ResponseWriter, r *http.Request) error {
	v := d.newPage(r, page.Filled(url.Values{"received": {d.Clock.Now().In(Zone(d.Policy())).Format(time.DateOnly)}, "lang": {d.Policy().Notice.Languages[0]}, "channel": {string(Letter)}}))
	if n := token(r.URL.Query().Get("done")); n != "none" && r.URL.Query().Get("done") != "" {
		v.Says = v.T("new.done", n)
	}
	return pages.Show(d.desk, w, r, "new", v)
}
