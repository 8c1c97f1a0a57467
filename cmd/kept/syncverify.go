package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kept/internal/activity/contactsync"
	"kept/internal/app"
)

func syncVerify() *cobra.Command {
	var place app.Place
	var out format
	var trial bool
	cmd := &cobra.Command{
		Use:   "verify ID",
		Short: "Look for what people changed or removed in managed contacts, and repair it",
		Long: `Asks each mailbox once what changed since the last look, and brings contacts that
Kept wrote back to what the rules for fields want: what is overwritten is written
again, what is written while it is empty is filled, what is cleared is emptied, and
what is kept stays as people typed it, notes among it. A contact that was removed or
moved to another folder is written anew. The sources are not read.`,
		Example: "  kept sync verify 3f2a… --dry-run\n  kept sync verify 3f2a…",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				b := progress("Mailboxes")
				r, err := y.Verify(cmd.Context(), args[0], contactsync.Options{Trial: trial, Progress: b.set})
				b.finish()
				if trial && err == nil && out == asText {
					fmt.Fprintf(cmd.OutOrStdout(), "%d contacts would be repaired and %d written anew, in %d mailboxes.\n", r.Count.Updates, r.Count.Creates, r.Count.Mailboxes)
					return printRemedies(cmd, y, args[0], r.Problems)
				}
				return printResult(cmd, out, y, args[0], r, err)
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&trial, "dry-run", false, "count what would be repaired and write nothing")
	return cmd
}
