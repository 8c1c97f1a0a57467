package main

import (
	"fmt"
	"io"
	"strings"

	"kept/internal/policy"
)

// writePlanned says which activities of p this build does not run, and what that
// means; nothing if it runs all.
func writePlanned(w io.Writer, p *policy.Policy) error {
	keys := planned(p)
	if len(keys) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "Not run yet     %s\n                (declared and published; nothing is collected, routed or stored for them)\n", strings.Join(keys, ", "))
	if err != nil {
		return fmt.Errorf("say what is not run: %w", err)
	}
	return nil
}

// planned names the activities of p that this build does not run.
func planned(p *policy.Policy) []string {
	if p == nil {
		return nil
	}
	var keys []string
	for _, a := range p.Planned() {
		keys = append(keys, a.Key)
	}
	return keys
}
