// Package booking is the kind "booking": appointments that people make for
// themselves.
//
// A slot is free or taken, and the database decides; two people who ask for it
// at once get one appointment between them. The retention counts from the
// appointment, not from the day on which it was booked.
//
// The room refuses to ask for more than an appointment needs, and to show one
// person what another has booked.
package booking
