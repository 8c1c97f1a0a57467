package main

import (
	"testing"
)

// kill -9 in the middle of a crowd, again and again: what was acknowledged is
// there once, what was not is not half there, and the proof holds.
func TestKillUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	const rounds, acceptances = 3, 80
	eachInstance(t, func(t *testing.T, i *instance) {
		c := newCrowd()
		for round := range rounds {
			p := i.serve("--trusted-proxy", "127.0.0.1")
			c.walk(t.Context(), p.site, func(n int) {
				if n == (round+1)*acceptances {
					p.kill()
				}
			})
			if p.cmd.ProcessState.ExitCode() != -1 {
				t.Fatalf("it was not killed\n%s", p.said())
			}
		}
		if len(c.decisions) < rounds*acceptances || len(c.events) == 0 {
			t.Fatalf("only %d decisions and %d events were acknowledged", len(c.decisions), len(c.events))
		}
		p := i.serve()
		for id, v := range c.decisions {
			if c.leaving[id] {
				continue
			}
			v.site = p.site
			_, err := v.from(anywhere()).receipt()
			fatal(t, err)
			break // the others are looked at in the database
		}
		fatal(t, p.stop())
		c.remembered(t, i)
		i.holds()
	})
}
