package main

import (
	"context"
	"io"
	"testing"
)

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

// A signal that comes while the first lines are printed stops the instance as any other does.
func TestAStopWhileTheWayInIsLookedUpIsAStop(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		a := i.opened()
		ctx, stop := context.WithCancel(t.Context())
		stop()
		fatal(t, writeWayIn(ctx, io.Discard, a))
		fatal(t, a.Close())
	})
}
