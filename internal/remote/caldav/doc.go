// Package caldav speaks to a calendar elsewhere (RFC 4791): it reads when the
// calendar is taken, writes events, and takes them away again.
//
// Recurring events are unrolled here, in the clock time of their own zone, since
// servers differ in whether they do it. A zone is looked up by its name, and where
// the name is not one of IANA's it is read from the definition that the event
// brings along (VTIMEZONE), as Outlook writes it.
//
// The room refuses to know what an event is about: of what it reads it keeps the
// times alone.
package caldav
