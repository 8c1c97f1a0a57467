package main

import (
	"github.com/spf13/cobra"

	"kept/internal/app"
)

func auditCommand() *cobra.Command {
	var place app.Place
	var asJSON, scriptTag bool
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Check the nine guarantees against what is really stored",
		Long: `Walks the nine guarantees over the stored data with queries of its own and says,
per guarantee and rule, what was counted, the oldest item and the verdict:
verified, sampled, not verifiable here, or broken. Exit code 1 on any finding.
It can run beside a serving instance.`,
		Example: "  kept audit --data ./kept-data\n  kept audit --database postgres://kept@db/kept --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := app.AuditStored(cmd.Context(), place, scriptTag)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				err = report.Text(cmd.OutOrStdout())
			}
			if err == nil && len(report.Findings()) > 0 {
				err = errFinding
			}
			return err
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.Flags().BoolVar(&scriptTag, "script-tag", false, "the pages are served elsewhere and only embed Kept's script")
	return cmd
}
