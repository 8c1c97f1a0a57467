// Package usage is the kind "app-usage": how an application is used, in figures
// that say nothing about one user.
//
// A page that belongs to the application says which of its functions it is, and its
// script tells that to one route, together with the size of the screen; the server adds
// what the request itself says. It is no visitor analytics: there is no id, no cookie and
// no path through the application. What is stored stands under the decision that allows
// it, so that a withdrawal finds it, and no report reads that. Addresses are shortened
// before anything is stored.
//
// Reports are made once, of weeks that have closed, and kept: two of them can not be
// subtracted from each other. Each of their lines stands for five people at least, and so
// does what is folded together because its lines are smaller.
//
// The room refuses reports on fewer people than could hide one, functions whose names
// could name somebody, and to run without consent, since it reads from the terminal.
package usage
