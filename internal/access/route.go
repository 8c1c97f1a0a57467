package access

import (
	"net/http"
	"slices"
	"time"
)

// Door is where a route can be reached.
type Door string

// The doors. The site's door is the site's own origin, below Prefix; the console
// and the portal have origins of their own, so that a script of the site can never
// act as the operator, nor as somebody who has an account.
const (
	Site    Door = "site"
	Console Door = "console"
	Portal  Door = "portal"
)

// Prefix is the path below which the site's door lies.
const Prefix = "/privacy"

// Right is what a caller must hold.
type Right string

// The rights.
const (
	Anyone        Right = "anyone"        // no identification at all
	Browser       Right = "browser"       // acts on what this browser's own cookies prove, nothing else
	SignIn        Right = "sign-in"       // pages that lead to a session
	Overview      Right = "overview"      // see counts, periods, checkpoints: no person
	Operate       Right = "operate"       // confirm a take-over, run retention, set and lift holds
	Meetings      Right = "meetings"      // see who took part in conferences, and act on it
	Bookings      Right = "bookings"      // see who booked an appointment, cancel it, set up what can be booked
	Newsletter    Right = "newsletter"    // write the newsletter, send it, see who got it
	Contact       Right = "contact"       // read what people wrote, and answer them
	Customers     Right = "customers"     // see who has an account for which customer, note what expires, delete on request
	Subscriptions Right = "subscriptions" // see who has subscribed, take note of payments, cancel invoices
	Audit         Right = "audit"         // check what is promised against what is stored
	Enter         Right = "enter"         // enter a person's request that came by letter or call
	Requests      Right = "requests"      // see the requests of people and prepare their answers
	Decide        Right = "decide"        // approve, extend or refuse a request

	Member Right = "member" // see one's own account, at the portal
	Order  Right = "order"  // order, cancel, see and pay invoices for the customer
	SetUp  Right = "set-up" // set up and run what the customer has ordered
	Govern Right = "govern" // say who acts for the customer, and delete everything
)

// Role is a department of the operator (promise MC20), or what somebody may do for
// a customer.
type Role string

// The roles.
const (
	Nobody  Role = ""
	Owner   Role = "owner"   // may do everything
	Officer Role = "officer" // data protection officer: requests and what proves them
	Clerk   Role = "clerk"   // correspondence: whatever people write to and are written from

	CustomerOwner   Role = "customer-owner"   // may do everything for the customer
	CustomerAdmin   Role = "customer-admin"   // sets up and runs what was ordered
	CustomerBilling Role = "customer-billing" // orders and pays
)

// grants is who may do what. Everybody who is signed in sees the overview: it
// shows no person.
var grants = map[Role][]Right{
	Nobody:  {Anyone, Browser, SignIn},
	Owner:   {Anyone, Browser, SignIn, Overview, Operate, Audit, Meetings, Bookings, Newsletter, Contact, Customers, Subscriptions, Enter, Requests, Decide},
	Officer: {Anyone, Browser, SignIn, Overview, Audit, Enter, Requests, Decide},
	Clerk:   {Anyone, Browser, SignIn, Overview, Meetings, Bookings, Newsletter, Contact, Customers, Enter},

	CustomerOwner:   {Anyone, Browser, SignIn, Member, Order, SetUp, Govern},
	CustomerAdmin:   {Anyone, Browser, SignIn, Member, SetUp},
	CustomerBilling: {Anyone, Browser, SignIn, Member, Order},
}

// atThePortal are the rights of those who have an account. They exist at the
// portal's door alone, and beside them only what everybody has: a browser decides there
// about itself as it does on the site.
var atThePortal = []Right{Member, Order, SetUp, Govern}

// Roles returns the roles of the staff, Nobody first.
func Roles() []Role { return []Role{Nobody, Owner, Officer, Clerk} }

// CustomerRoles returns the roles of those who act for a customer.
func CustomerRoles() []Role { return []Role{CustomerOwner, CustomerAdmin, CustomerBilling} }

// Known reports whether somebody of the staff can have the role.
func (r Role) Known() bool { return r != Nobody && slices.Contains(Roles(), r) }

// May reports whether role holds right.
func (r Role) May(right Right) bool {
	return slices.Contains(grants[r], right)
}

// Handler answers a request or returns why not. The error's kind (fault) becomes
// the status, its message the sentence that the person reads.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one line of the table.
type Route struct {
	Door     Door
	Method   string // GET, POST, …
	Pattern  string // http.ServeMux path pattern, absolute on its door
	Right    Right
	MaxBody  int64         // bytes; 0 means 64 KiB
	Patience time.Duration // until the whole body is there; 0 means 20 s
	// CrossOrigin allows a state-changing request from another origin: only for
	// the collector and consent of pages served elsewhere, which check their origin themselves.
	CrossOrigin bool
	// Program says that programs call the route: a refusal is JSON too, and not the
	// door's page: {"error": "…"}.
	Program bool
	Handle  Handler
}

// ForPrograms returns the route as one that programs call.
func (r Route) ForPrograms() Route {
	r.Program = true
	return r
}
