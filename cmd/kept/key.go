package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kept/internal/app"
)

func keyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "key",
		Short:   "Work on the keys that seal people's data",
		Example: "  kept key rotate --data ./kept-data --to ./new-master.key",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(rotateCommand())
	return cmd
}

func rotateCommand() *cobra.Command {
	var place app.Place
	var to string
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Wrap every key with a new master key",
		Long: `Wraps every key with another master key. A file given with --to is made if it
does not exist. Stop serving before; start again with --master-key naming the new
one. A rotation that was killed goes on when the command is run again.`,
		Example: "  kept key rotate --data ./kept-data --to /etc/kept/master-2027.key\n  kept key rotate --data ./kept-data --master-key env:OLD --to env:NEW",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return misuse("--to says where the new master key comes from: FILE, env:NAME or exec:COMMAND")
			}
			bar := progress("Wrapping keys")
			defer bar.finish()
			if err := app.RotateMaster(cmd.Context(), place, to, bar.count); err != nil {
				return err
			}
			bar.finish()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "Every key is wrapped with the new master key. Serve with: --master-key %s\n", to)
			return err
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&to, "to", "", "where the new master key comes from: FILE, env:NAME or exec:COMMAND")
	return cmd
}
