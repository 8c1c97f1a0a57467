// Package account is the kind "account": the account that somebody makes in a
// portal, and signing in to it.
//
// An account needs an address and a way to prove that one is its owner. What a
// contract asks for beyond that is collected by the subscription, when there is
// one.
//
// The room refuses passwords in clear, signing in by an address alone, and to
// tell a stranger whether an account exists.
package account

//go:generate go run ../../../browser/bundle/write.go account ../../../browser
