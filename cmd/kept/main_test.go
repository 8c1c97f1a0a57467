package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary answer to the name kept, so that tests and
// scripts run the command as a user does: as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(withoutPlace{m}, map[string]func(){"kept": main})
}

// withoutPlace runs the tests without the instance that whoever runs them may
// have named in the environment.
type withoutPlace struct{ *testing.M }

// Run implements testscript.TestingM.
func (m withoutPlace) Run() int {
	for _, name := range []string{"KEPT_DATABASE", "KEPT_DATABASE_FILE", "KEPT_VAULT", "KEPT_VAULT_FILE"} {
		os.Unsetenv(name)
	}
	return m.M.Run()
}
