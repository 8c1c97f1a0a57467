package meeting

import (
	"cmp"
	"strings"
	"time"
)

// The columns of a report that are no field of their own.
const (
	columnFirst    = "first name"
	columnLast     = "last name"
	columnJoin     = "join"
	columnLeave    = "leave"
	columnDuration = "duration"
	columnRole     = "role"
	columnAction   = "action"
	columnTime     = "time"
)

// columns are the heads of the tables that Teams and Meet write, in English and
// German, in lower case: which field or column stands below.
var columns = map[string]string{
	"name": "name", "full name": "name", "vollständiger name": "name", "teilnehmer": "name", "participant name": "name", "display name": "name", "anzeigename": "name",
	"first name": columnFirst, "vorname": columnFirst, "last name": columnLast, "nachname": columnLast,
	"email": "email", "e-mail": "email", "email address": "email", "e-mail-adresse": "email", "e-mail address": "email",
	"phone": "phone", "phone number": "phone", "telefonnummer": "phone",
	"participant id (upn)": "user_name", "teilnehmer-id (upn)": "user_name", "teilnehmer-id (benutzerprinzipalname)": "user_name", "upn": "user_name", "user name": "user_name", "benutzername": "user_name", "participant identifier": "user_name",
	"first join": columnJoin, "join time": columnJoin, "erster beitritt": columnJoin, "erste teilnahme": columnJoin, "beitrittszeit": columnJoin, "zeitpunkt des beitritts": columnJoin, "beitrittszeitpunkt": columnJoin, "time joined": columnJoin, "beigetreten um": columnJoin, "start date": columnJoin,
	"last leave": columnLeave, "leave time": columnLeave, "letztes verlassen": columnLeave, "letzter austritt": columnLeave, "austrittszeit": columnLeave, "zeitpunkt des verlassens": columnLeave, "verlassen um": columnLeave, "time exited": columnLeave, "time left": columnLeave,
	"duration": columnDuration, "in-meeting duration": columnDuration, "dauer": columnDuration, "dauer in der besprechung": columnDuration, "dauer der besprechung": columnDuration, "dauer der besprechungsteilnahme": columnDuration, "duration (seconds)": columnDuration, "dauer (sekunden)": columnDuration,
	"role": columnRole, "rolle": columnRole,
	"user action": columnAction, "benutzeraktion": columnAction, "timestamp": columnTime, "zeitstempel": columnTime,
	"dial-in number": "dial_in", "einwahlnummer": "dial_in",
	"ip address": "ip_address", "ip-adresse": "ip_address", "mac address": "mac_address", "mac-adresse": "mac_address",
	"device id": "device_id", "geräte-id": "device_id", "device type": "device", "gerätetyp": "device", "endpoint type": "device", "client type": "device",
	"operating system": "os", "betriebssystem": "os", "client version": "client", "clientversion": "client",
	"camera": "camera", "kamera": "camera", "microphone": "microphone", "mikrofon": "microphone", "speaker": "speaker", "lautsprecher": "speaker",
	"connection type": "connection", "verbindungstyp": "connection", "network type": "connection",
}

// heads are the lines above a table that tell of the conference itself.
var heads = map[string]string{
	"meeting title": "topic", "besprechungstitel": "topic", "titel der besprechung": "topic",
	"start time": "start", "meeting start time": "start", "startzeit": "start", "beginn": "start", "besprechungsbeginn": "start", "startzeit der besprechung": "start",
	"end time": "end", "meeting end time": "end", "endzeit": "end", "ende": "end", "besprechungsende": "end", "endzeit der besprechung": "end",
	"meeting id": "key", "besprechungs-id": "key",
}

// table reads a report that is a table.
type table struct {
	Reading
	report   *Report
	problems *Problems
	people   map[string]int // by who it is: the place in the report
	head     map[string]int // of the section: which column stands where
	section  int
	joined   map[int]time.Time // of tables that tell each coming and going
}

// readTable reads a Teams or Meet CSV.
func readTable(text string, r Reading, problems *Problems) Report {
	all := lines(text, r.Name, problems)
	if r.Order == "" {
		r.Order = string(guess(timesOf(all)))
	}
	report := Report{Tool: "meet"}
	t := table{Reading: r, report: &report, problems: problems, people: map[string]int{}, joined: map[int]time.Time{}}
	for _, l := range all {
		t.take(l)
	}
	if t.section == 0 && len(*problems) == 0 {
		problems.add(r.Name, 1, "file", "no line heads a table of participants; is this an attendance report of Teams or Meet?")
	}
	return report
}

// timesOf returns every cell that looks like a day with slashes.
func timesOf(all []line) []string {
	var found []string
	for _, l := range all {
		for i := range l.cells {
			if c := l.cell(i); strings.Count(c, "/") == 2 && len(c) < 40 {
				found = append(found, c)
			}
		}
	}
	return found
}

func (t *table) take(l line) {
	if l.empty() {
		return
	}
	if head := heading(l); head != nil {
		t.head = head
		t.section++
		if _, halves := head[columnFirst]; !halves && !meets(l) && t.section == 1 {
			t.report.Tool = "teams"
		}
		if _, stays := head[columnJoin]; !stays && !acts(head) { // Meet's log of events
			t.report.Tool = "meet"
		}
		return
	}
	if what := heads[strings.ToLower(l.cell(0))]; what != "" && len(l.cells) >= 2 {
		t.report.Tool = "teams"
		t.about(l, what)
		return
	}
	if t.head == nil || len(l.cells) < 2 {
		return // a title of a section, a count
	}
	if acts(t.head) {
		t.act(l)
		return
	}
	t.person(l)
}

// heading returns which columns stand where if the line is the head of a table
// of people.
func heading(l line) map[string]int {
	head := map[string]int{}
	for i := range l.cells {
		if c := columns[strings.ToLower(l.cell(i))]; c != "" {
			if _, twice := head[c]; !twice {
				head[c] = i
			}
		}
	}
	_, name := head["name"]
	_, firstName := head[columnFirst]
	_, user := head["user_name"]
	if len(head) < 2 || !name && !firstName && !user {
		return nil
	}
	return head
}

// meets reports whether a head names coming and going as Google Meet does.
func meets(l line) bool {
	for i := range l.cells {
		if c := strings.ToLower(l.cell(i)); c == "time joined" || c == "time exited" {
			return true
		}
	}
	return false
}

func (t *table) about(l line, what string) {
	value := l.cell(1)
	switch what {
	case "topic", "key":
		value, ok := clean(value, maxValue)
		if !ok {
			t.problems.add(t.Name, l.row, what, "no text, or too long")
		}
		if what == "topic" {
			t.report.Topic = value
		} else {
			t.report.Key = value
		}
	default:
		at, ok := t.moment(value)
		if !ok {
			t.problems.add(t.Name, l.row, what, "%s", t.unreadable())
		}
		if what == "start" {
			t.report.Start = at
		} else {
			t.report.End = at
		}
	}
}

func (t *table) unreadable() string {
	if t.Order == "" {
		return "no time that can be read; say with --dates dmy or mdy how days are written, and with --date the day if there are clock times only"
	}
	return "no time that can be read"
}

// person reads a line about a person: what they are, or when they came and left.
func (t *table) person(l line) {
	p := Person{Values: map[string]string{}}
	for column, i := range t.head {
		value, ok := clean(l.cell(i), maxValue)
		if !ok {
			t.problems.add(t.Name, l.row, column, "no text, or too long")
			continue
		}
		if value == "" || value == "-" {
			continue
		}
		switch column {
		case columnFirst, columnLast, columnJoin, columnLeave, columnTime:
		case columnRole:
			lower := strings.ToLower(value)
			p.Organises = strings.HasPrefix(lower, "organi") || strings.HasPrefix(lower, "host")
		case columnDuration:
			if p.Stayed, ok = length(value); !ok {
				t.problems.add(t.Name, l.row, column, "no length of time that can be read")
			}
		default:
			p.Values[column] = value
		}
	}
	t.full(l, &p)
	who := cmp.Or(strings.ToLower(p.Values["email"]), p.Values["user_name"], p.Values["name"])
	if who == "" {
		t.problems.add(t.Name, l.row, "name", "nobody is named")
		return
	}
	t.stay(l, &p)
	t.add(l, who, p)
}

// full makes a name of two halves, and an address of a user name that is one.
func (t *table) full(l line, p *Person) {
	at := func(column string) string {
		i, ok := t.head[column]
		if !ok {
			return ""
		}
		value, _ := clean(l.cell(i), maxValue)
		return value
	}
	if whole := strings.TrimSpace(at(columnFirst) + " " + at(columnLast)); whole != "" && p.Values["name"] == "" {
		p.Values["name"] = whole
	}
}

func (t *table) stay(l line, p *Person) {
	at := func(column string) (time.Time, bool) {
		i, ok := t.head[column]
		if !ok || l.cell(i) == "" {
			return time.Time{}, false
		}
		found, ok := t.moment(l.cell(i))
		if !ok {
			t.problems.add(t.Name, l.row, column, "%s", t.unreadable())
		}
		return found, ok
	}
	start, came := at(columnJoin)
	end, left := at(columnLeave)
	if came && !left {
		end = start.Add(p.Stayed)
	}
	if came {
		p.Stays = []Interval{{start, end}}
	}
	if came && end.Before(start) {
		t.problems.add(t.Name, l.row, columnLeave, "lies before the coming")
	}
}

// add puts a person into the report. A later section tells each stay of people
// whom the first names with the whole time.
func (t *table) add(l line, who string, p Person) {
	i, known := t.people[who]
	if !known {
		t.people[who] = len(t.report.People)
		t.report.People = append(t.report.People, p)
		if len(t.report.People) == maxPeople+1 {
			t.problems.add(t.Name, l.row, "participants", "more than %d", maxPeople)
		}
		return
	}
	have := &t.report.People[i]
	if t.section > 1 && !have.told(t.section) {
		have.Stays = nil
	}
	have.section = t.section
	have.Stays = append(have.Stays, p.Stays...)
	have.Organises = have.Organises || p.Organises
	for field, value := range p.Values {
		if have.Values[field] == "" {
			have.Values[field] = value
		}
	}
}

// told reports whether a section has told of the person's stays.
func (p *Person) told(section int) bool { return p.section == section }

// act reads a line of the older Teams list: somebody joined or left at a time.
func (t *table) act(l line) {
	name, ok := clean(l.cell(at(t.head, "name")), maxValue)
	if !ok || name == "" {
		t.problems.add(t.Name, l.row, "name", "nobody is named")
		return
	}
	when, ok := t.moment(l.cell(at(t.head, columnTime)))
	if !ok {
		t.problems.add(t.Name, l.row, columnTime, "%s", t.unreadable())
		return
	}
	i, known := t.people[name]
	if !known {
		i = len(t.report.People)
		t.people[name] = i
		t.report.People = append(t.report.People, Person{Values: map[string]string{"name": name}})
	}
	p := &t.report.People[i]
	action := strings.ToLower(l.cell(at(t.head, columnAction)))
	switch {
	case strings.HasPrefix(action, "joined"), strings.HasPrefix(action, "beigetreten"), strings.HasPrefix(action, "teilgenommen"):
		t.joined[i] = when
		p.Stays = append(p.Stays, Interval{when, when})
	case strings.HasPrefix(action, "left"), strings.HasPrefix(action, "verlassen"), strings.HasPrefix(action, "hat verlassen"):
		if came, there := t.joined[i]; there && len(p.Stays) > 0 {
			if when.Before(came) {
				t.problems.add(t.Name, l.row, columnTime, "lies before the coming")
			}
			p.Stays[len(p.Stays)-1].End = when
			delete(t.joined, i)
		}
	default:
		t.problems.add(t.Name, l.row, columnAction, "neither joined nor left")
	}
}

func at(head map[string]int, column string) int {
	if i, ok := head[column]; ok {
		return i
	}
	return -1
}

// acts reports whether a table tells single comings and goings.
func acts(head map[string]int) bool {
	_, ok := head[columnAction]
	return ok
}
