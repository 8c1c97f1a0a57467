// Package social is the kind "social": the operator's page on somebody else's
// network, run under joint controllership or beside the network as a controller
// of its own.
//
// What people write there is seen there and answered there. The network tells
// the operator how the page is used in figures, of which only anonymous ones are
// kept.
//
// The room refuses to copy names, likes or comments out of the network, and to
// load anything of it into the operator's own site: a link is a plain link.
package social
