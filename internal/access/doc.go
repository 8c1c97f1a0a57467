// Package access says who may do what: one table of routes, each with the door
// it stands behind and the right it asks for, and one place that checks it.
//
// Rooms hand in routes; nobody registers a handler elsewhere. A test walks
// every route with every role. The package refuses cross-origin requests that
// change state, bodies above a route's bound, and requests without the right,
// before a handler runs; it turns a handler's error into an answer, once; and it
// says which headers every page bears.
package access
