package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary answer to the name kept, so that tests and
// scripts run the command as a user does: as a process of its own.
func TestMain(m *testing.M) {
	for _, name := range []string{"KEPT_DATABASE", "KEPT_DATABASE_FILE", "KEPT_VAULT", "KEPT_VAULT_FILE"} {
		os.Unsetenv(name) // whoever runs the tests may run an instance too
	}
	testscript.Main(m, map[string]func(){"kept": main})
}
