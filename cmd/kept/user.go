package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/access"
	"kept/internal/app"
)

func userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "user",
		Short:   "Let people into the console, and end their access",
		Example: "  kept user invite me@example.com --data ./kept-data\n  kept user list\n  kept user remove me@example.com",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(inviteCommand(), roleCommand(), listUsersCommand(), removeUserCommand())
	return cmd
}

func inviteCommand() *cobra.Command {
	var place app.Place
	var console, role string
	cmd := &cobra.Command{
		Use:     "invite EMAIL",
		Aliases: []string{"add"},
		Short:   "Let a person in by a link that signs in once",
		Long: `Makes an account for the address if there is none, with its role: owner (may do
everything), officer (data protection officer: requests of people, checks,
register) or clerk (correspondence). Prints a link to the
console that signs in once, within a day. Whoever has the link can use it: hand
it over on a safe way. Also the way back in after a lost password: the role of an
account that stands is changed by: kept user role.

The link begins with the address at which the console listens; give --console
where people reach it at another one.`,
		Example: "  kept user invite dpo@example.com --role officer --data ./kept-data\n  kept user invite me@example.com --console https://console.example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !access.Role(role).Known() {
				return misuse("--role takes owner, officer or clerk")
			}
			address, err := consoleAddress(console, place)
			if err != nil {
				return err
			}
			platform, err := app.OpenPlatform(cmd.Context(), place)
			if err != nil {
				return err
			}
			defer platform.Close()
			token, err := platform.Staff.Invite(cmd.Context(), args[0], access.Role(role))
			if err != nil {
				return err
			}
			if _, err := platform.Ledger.Sequence(cmd.Context()); err != nil {
				return err
			}
			if address == "" {
				fmt.Fprintln(cmd.ErrOrStderr(), "Kept is not serving from here: put the console's address in front of the link, or give it with --console.")
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s/link/%s\n", address, token)
			return err
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&role, "role", string(access.Owner), "role of a new account: owner, officer or clerk")
	cmd.Flags().StringVar(&console, "console", "", "address at which people reach the console (default: where it listens)")
	return cmd
}

// consoleAddress returns what a link begins with: the address that was given,
// else where the serving instance listens, else nothing.
func consoleAddress(given string, place app.Place) (string, error) {
	if given == "" {
		return app.ConsoleOf(place)
	}
	return app.CheckAddress("--console", given)
}

func roleCommand() *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:     "role EMAIL ROLE",
		Short:   "Give a person another role: owner, officer or clerk",
		Long:    "Gives a person another role and ends their sessions: what they may do changes at\nonce. The last owner keeps the role. It stands in the ledger.",
		Example: "  kept user role dpo@example.com officer --data ./kept-data",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			platform, err := app.OpenPlatform(cmd.Context(), place)
			if err != nil {
				return err
			}
			defer platform.Close()
			if err := platform.Staff.Assign(cmd.Context(), args[0], access.Role(args[1])); err != nil {
				return err
			}
			if _, err := platform.Ledger.Sequence(cmd.Context()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is %s now; open sessions have ended.\n", args[0], args[1])
			return err
		},
	}
	addPlace(cmd, &place)
	return cmd
}

func listUsersCommand() *cobra.Command {
	var place app.Place
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List who may sign in to the console",
		Example: "  kept user list --data ./kept-data\n  kept user list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			platform, err := app.OpenPlatform(cmd.Context(), place)
			if err != nil {
				return err
			}
			defer platform.Close()
			people, err := platform.Staff.List(cmd.Context())
			if err != nil {
				return err
			}
			all := make([]user, len(people))
			for i, m := range people {
				all[i] = user{Email: m.Email, Role: m.Role, Since: m.Since, Password: m.HasPassword}
				if !m.Seen.IsZero() {
					all[i].Seen = &m.Seen
				}
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return printUsers(cmd.OutOrStdout(), all)
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return cmd
}

// user is a line of the list.
type user struct {
	Email    string      `json:"email"`
	Role     access.Role `json:"role"`
	Since    time.Time   `json:"since"`
	Seen     *time.Time  `json:"seen,omitempty"` // last request of a session that is kept
	Password bool        `json:"password"`
}

func printUsers(w io.Writer, all []user) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EMAIL\tROLE\tSINCE\tLAST SEEN\tPASSWORD")
	for _, u := range all {
		seen, password := "–", "no"
		if u.Seen != nil {
			seen = u.Seen.Format(time.RFC3339)
		}
		if u.Password {
			password = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", u.Email, u.Role, u.Since.Format(time.DateOnly), seen, password)
	}
	return table.Flush()
}

func removeUserCommand() *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:   "remove EMAIL",
		Short: "End a person's access to the console",
		Long: `Ends the person's sessions and open links at once; the account's data goes after
the time that the policy keeps it from departure. The last owner cannot be
removed. It stands in the ledger.`,
		Example: "  kept user remove me@example.com --data ./kept-data",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			platform, err := app.OpenPlatform(cmd.Context(), place)
			if err != nil {
				return err
			}
			defer platform.Close()
			if err := platform.Staff.Remove(cmd.Context(), args[0]); err != nil {
				return err
			}
			if _, err := platform.Ledger.Sequence(cmd.Context()); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "Removed; sessions and links of this person have ended.")
			return err
		},
	}
	addPlace(cmd, &place)
	return cmd
}
