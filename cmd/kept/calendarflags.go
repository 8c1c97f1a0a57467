package main

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/fault"
	"kept/internal/vault"
)

// longestPassword bounds what is read of a file that holds one.
const longestPassword = 4096

// addCalendar adds the flags that name the calendar elsewhere.
func addCalendar(cmd *cobra.Command, cfg *app.Config) {
	f := cmd.Flags()
	f.Var(secretFlag{&cfg.CalDAV}, "caldav", "calendar in which appointments stand too (https://user@calendar.example.org/user/appointments/)")
	secretFromEnvironment(cmd, "caldav")
	f.Func("caldav-password-file", "file that holds the calendar's password", func(name string) error {
		file, err := os.Open(name)
		if err != nil {
			return fault.New(fault.Invalid, "the file of the calendar's password cannot be read: %w", err)
		}
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, longestPassword))
		if err != nil {
			return fault.New(fault.Invalid, "the file of the calendar's password cannot be read: %w", err)
		}
		cfg.CalDAVSecret = vault.NewSecret(strings.TrimRight(string(text), "\r\n"))
		return nil
	})
}
