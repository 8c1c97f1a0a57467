package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kept/internal/access"
	"kept/internal/app"
)

func userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "user",
		Short:   "Let people into the console",
		Example: "  kept user invite me@example.com --data ./kept-data",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(inviteCommand())
	return cmd
}

func inviteCommand() *cobra.Command {
	var place app.Place
	var console string
	cmd := &cobra.Command{
		Use:   "invite EMAIL",
		Short: "Print a link that signs this person in once",
		Long: `Makes an account for the address if there is none, and prints a link to the
console that signs in once, within a day. Whoever has the link can use it: hand
it over on a safe way. Also the way back in after a lost password.`,
		Example: "  kept user invite me@example.com --data ./kept-data --console http://127.0.0.1:8081",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			platform, err := app.OpenPlatform(cmd.Context(), place)
			if err != nil {
				return err
			}
			defer platform.Close()
			token, err := platform.Staff.Invite(cmd.Context(), args[0], access.Owner)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s/link/%s\n", console, token)
			return err
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&console, "console", "http://127.0.0.1:8081", "address of the console")
	return cmd
}
