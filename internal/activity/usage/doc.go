// Package usage is the kind "app-usage": how an application is used, in figures
// that say nothing about one user.
//
// It is no visitor analytics: there is no id, no cookie and no path through the
// application, only what was used with what equipment, and the address is
// shortened before anything is stored.
//
// The room refuses reports on fewer users than could hide one, and to run
// without consent, since it reads from the terminal.
package usage
