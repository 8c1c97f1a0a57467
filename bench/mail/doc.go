// Command mail measures a campaign: personal mails from a table of recipients to
// a mail server on this machine, each outcome recorded before its connection ends
// the next mail. The server is a process apart that keeps nothing, so that the
// sender's processor time and memory are its own.
//
//	go run ./bench/mail -letters 50000
//	go run ./bench/mail -newsletter -letters 50000
//
// prints mails a second, processor time a mail and the most memory, unsigned and
// signed (Ed25519), with the pipelining of RFC 2920 and without; with -newsletter, of
// a campaign of the kind newsletter, with its own tables and everything sealed. Each
// of its campaigns is a process apart; -listmonk sends the same with listmonk, in turns
// (docs/performance.md says how to build it); -seed, -dir and -part take the steps one by one:
//
//	go build -o bench-mail ./bench/mail
//	./bench-mail -seed DIR -letters 1000000
//	./bench-mail -dir DIR -letters 1000000 -part 50000   # writes all letters down, sends a part
//	./bench-mail -dir DIR -letters 1000000 -part 50000   # goes on: the sending alone
package main
