package card

import (
	"fmt"
	"slices"
	"strings"
)

// Limits are what a place can take. Zero means none of it, Any means all.
type Limits struct {
	Emails    int
	Phones    map[Use]int // a use that is not named: none
	Addresses map[Use]int
	Photos    bool
	Yearless  bool // birthdays without a year
}

// Any is a limit that nothing exceeds.
const Any = 1 << 30

// Outlook is what a contact in a mailbox takes, by Graph and by EWS alike.
var Outlook = Limits{
	Emails:    3,
	Phones:    map[Use]int{Business: 2, Home: 2, Mobile: 1, Pager: 1, BusinessFax: 1, HomeFax: 1, Other: 1},
	Addresses: map[Use]int{Business: 1, Home: 1, Other: 1},
	Photos:    true,
}

// Whole takes everything.
var Whole = Limits{
	Emails:    Any,
	Phones:    map[Use]int{Business: Any, Home: Any, Mobile: Any, Pager: Any, BusinessFax: Any, HomeFax: Any, Other: Any},
	Addresses: map[Use]int{Business: Any, Home: Any, Other: Any},
	Photos:    true,
	Yearless:  true,
}

// instead is where a phone goes when the lines of its use are full, in this order.
var instead = map[Use][]Use{
	Business: {Other, Home},
	Home:     {Other, Business},
	Mobile:   {Other, Business, Home},
	Pager:    {Other},
	Other:    {Business, Home},
}

// Fit returns the card as a place with limits takes it, and names what it cannot
// take. A phone whose lines are full moves to a free line of another use: after
// all others have theirs, so that it takes nobody's place.
func (c Card) Fit(l Limits) (fitted Card, dropped []string) {
	c = c.trimmed()
	for _, e := range c.Emails[min(len(c.Emails), l.Emails):] {
		dropped = append(dropped, "e-mail "+e.Address)
	}
	c.Emails = c.Emails[:min(len(c.Emails), l.Emails)]
	var lost []Phone
	c.Phones, lost = fitPhones(c.Phones, l.Phones)
	for _, p := range lost {
		dropped = append(dropped, fmt.Sprintf("phone (%s) %s", p.Use, p.Number))
	}
	used := map[Use]int{}
	c.Addresses = slices.DeleteFunc(c.Addresses, func(a Address) bool {
		used[a.Use]++
		if used[a.Use] <= l.Addresses[a.Use] {
			return false
		}
		dropped = append(dropped, fmt.Sprintf("address (%s) %s", a.Use, a.City))
		return true
	})
	if strings.HasPrefix(c.Birthday, "--") && !l.Yearless {
		c.Birthday = ""
		dropped = append(dropped, "birthday without a year")
	}
	if c.Photo != nil && !l.Photos {
		c.Photo = nil
		dropped = append(dropped, "photo")
	}
	return c, dropped
}

func fitPhones(all []Phone, lines map[Use]int) (fitted, lost []Phone) {
	used := map[Use]int{}
	var over []Phone
	for _, p := range all {
		if used[p.Use] >= lines[p.Use] {
			over = append(over, p)
			continue
		}
		used[p.Use]++
		fitted = append(fitted, p)
	}
	for _, p := range over {
		i := slices.IndexFunc(instead[p.Use], func(u Use) bool { return used[u] < lines[u] })
		if i < 0 {
			lost = append(lost, p)
			continue
		}
		p.Use = instead[p.Use][i]
		used[p.Use]++
		fitted = append(fitted, p)
	}
	return fitted, lost
}
