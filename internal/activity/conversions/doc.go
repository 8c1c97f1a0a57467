// Package conversions is the kind "conversions": an enquiry or an order that is
// reported to an advertising network from server to server.
//
// The list of what may go is the policy's: of everything that such an interface
// takes, only the declared fields leave, and only for somebody whose consent
// stands at that moment.
//
// The room refuses a field that the recipient is not declared to get, a person
// without consent, and to send again what was withdrawn.
package conversions
