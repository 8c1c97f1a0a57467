package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kept/internal/activity/contactsync"
	"kept/internal/app"
)

func syncRemove() *cobra.Command {
	var place app.Place
	var trial, everywhere bool
	cmd := &cobra.Command{
		Use:   "remove ID",
		Short: "Delete everything that is held of a synchronisation",
		Long: `The data goes as the policy's rule for requests says. What stands in mailboxes stays
there, unless --mailboxes is given: then the serving process takes it back first, tries
mailboxes that cannot be reached again for three days, and deletes the data after that.`,
		Example: "  kept sync remove 3f2a… --dry-run\n  kept sync remove 3f2a… --mailboxes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				s, err := y.Get(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				n, boxes, err := y.Written(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if n > 0 && !everywhere {
					fmt.Fprintf(cmd.OutOrStdout(), "%d contacts in %d mailboxes stay where they are; kept sync undo %s takes them back.\n", n, boxes, s.ID)
				}
				if trial {
					fmt.Fprintf(cmd.OutOrStdout(), "%s would be removed.\n", s.Setup)
					return nil
				}
				if err := y.Remove(cmd.Context(), args[0], everywhere); err != nil {
					return err
				}
				if everywhere {
					fmt.Fprintf(cmd.OutOrStdout(), "%s is removed as soon as %d contacts in %d mailboxes are taken back.\n", s.Setup, n, boxes)
					return nil
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is removed.\n", s.Setup)
				return nil
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&trial, "dry-run", false, "say what would be removed")
	cmd.Flags().BoolVar(&everywhere, "mailboxes", false, "take contacts back from the mailboxes first")
	return cmd
}
