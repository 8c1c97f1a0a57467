// Package cleverreach speaks CleverReach's REST interface, version 3: groups,
// receivers, mailings and the hook by which it tells who unsubscribed.
//
// What the room knows is written from the published documentation
// (https://rest.cleverreach.com/howto, https://rest.cleverreach.com/explorer/v3):
// client credentials for a token, the token as a bearer, errors as {"error":
// {"code", "message"}}, an upsert that answers an object for a receiver that it
// took and a sentence for one that it refused.
//
// The caller brings the HTTP client, which is the way out and its checks, and says
// which values go over; the room adds none. It refuses to put into an error what
// the provider answered: that can quote an address.
package cleverreach
