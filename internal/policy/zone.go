package policy

import (
	"cmp"
	"time"
	_ "time/tzdata" // the zones of controllers, wherever Kept runs

	"kept/internal/policy/period"
)

// zones are where the controllers of a jurisdiction count their days.
var zones = map[string]string{
	"AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich", "CY": "Asia/Nicosia", "CZ": "Europe/Prague",
	"DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "ES": "Europe/Madrid", "EU": "Europe/Brussels", "FI": "Europe/Helsinki",
	"FR": "Europe/Paris", "GB": "Europe/London", "GR": "Europe/Athens", "HR": "Europe/Zagreb", "HU": "Europe/Budapest", "IE": "Europe/Dublin",
	"IS": "Atlantic/Reykjavik", "IT": "Europe/Rome", "LI": "Europe/Vaduz", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "LV": "Europe/Riga",
	"MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw", "PT": "Europe/Lisbon", "RO": "Europe/Bucharest",
	"SE": "Europe/Stockholm", "SI": "Europe/Ljubljana", "SK": "Europe/Bratislava",
}

// Calendar is that of the public holidays that move the end of a period (Regulation
// 1182/71): that of the controller's Land if the policy names it, else of the
// jurisdiction.
func (p *Policy) Calendar() period.Calendar {
	calendar, _ := period.CalendarOf(cmp.Or(p.Notice.Holidays, p.Notice.Jurisdiction))
	return calendar
}

// Zone is the zone in which the controller counts days and reads times: that of the
// jurisdiction, UTC for one that is not known.
func (p *Policy) Zone() *time.Location {
	zone, err := time.LoadLocation(zones[p.Notice.Jurisdiction])
	if err != nil {
		return time.UTC
	}
	return zone
}
