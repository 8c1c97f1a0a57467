package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/mail"
)

func mailCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "mail",
		Short:   "Try how mail leaves",
		Example: "  kept mail test --to you@example.org --smtp smtp://user@mail.example.org --mail-from post@example.org",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(mailTestCommand())
	return cmd
}

func mailTestCommand() *cobra.Command {
	var options mail.Options
	var to string
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Send one mail and say what happened",
		Long: `Sends one mail with the settings that serve would use, and says what the mail
server answered and what DNS publishes about the sender (SPF, DKIM, DMARC).
Nothing is stored. It ends with 1 if the mail was not taken.`,
		Example: `  kept mail test --to you@example.org --smtp smtps://user:password@mail.example.org --mail-from "Example Ltd <post@example.org>"
  KEPT_SMTP_FILE=/run/secrets/smtp kept mail test --to you@example.org --mail-from post@example.org --dkim-key dkim.pem --dkim-selector 2026a`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			address, err := mail.ParseAddress(to)
			if err != nil {
				return misuse("--to: %v", err)
			}
			settings, err := mail.Configure(options)
			if err != nil {
				return err
			}
			trial := mail.Trial{Settings: settings, Dial: egress.DialConfigured, Lookup: egress.LookupTXT, Clock: clock.System}
			return trial.Send(cmd.Context(), address, func(s mail.Step) {
				mark := "✓"
				if !s.Good {
					mark = "!"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s\n", mark, s.What, s.Hint)
			})
		},
	}
	addSender(cmd, &options)
	cmd.Flags().StringVar(&to, "to", "", "address that the mail goes to")
	return cmd
}
