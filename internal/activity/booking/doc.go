// Package booking is the kind "booking": appointments that people make for
// themselves.
//
// Calendars with their hours, and the types of appointments that they offer, are
// set up by the operator here, not in the policy: that says which data is kept,
// why and how long. A slot is free or taken, and the database decides: every five
// minutes that an appointment takes are a row whose key is calendar and time, so
// that of many who ask at once as many get it as there are places. The retention
// counts from the appointment, not from the day on which it was booked.
//
// A booking is stored before anybody looks whose it is, and a job does the rest, as
// with every form: the answer tells nobody who is known here. Links carry secrets
// of 128 bits that are stored nowhere; a GET shows, a POST acts. A calendar
// elsewhere (CalDAV) says when somebody is busy and gets the appointments, as far as
// the policy lets it; while it does not answer, people book all the same.
//
// The room refuses to ask for more than an appointment needs, to show one person
// what another has booked, and to note who did not come.
package booking
