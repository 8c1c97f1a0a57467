package main

import "testing"

// Whoever starts an instance for the first time reads how to get into the console; once
// somebody may sign in, nobody is told so any more.
func TestTheFirstStartSaysHowToSignIn(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		const way, last = "Sign in         kept user invite you@example.com --data ", "Not run yet"
		p := i.serve()
		fatal(t, p.prints(&p.out, last))
		if !p.out.hasLine(way) {
			t.Errorf("nobody learns how to sign in:\n%s", p.said())
		}
		fatal(t, p.stop())
		i.must("user", "invite", "me@agentur.example")
		p = i.serve()
		fatal(t, p.prints(&p.out, last))
		if p.out.hasLine(way) {
			t.Errorf("it is said again:\n%s", p.said())
		}
		fatal(t, p.stop())
	})
}
