package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kept/internal/activity/contactsync"
	"kept/internal/app"
	"kept/internal/i18n"
)

func syncProbe() *cobra.Command {
	var place app.Place
	var out format
	var beyond []string
	cmd := &cobra.Command{
		Use:   "probe ID",
		Short: "Try what a synchronisation reaches, what it lacks and what it reaches too much",
		Long: `Signs in to each system, reads one contact of each source and looks into the
mailboxes that are chosen (50 of a target at most). It also looks into some mailboxes
that are not chosen: those should refuse. Nothing is changed. Exit code 1 if something
is missing.`,
		Example: "  kept sync probe 3f2a…\n  kept sync probe 3f2a… --beyond director@muster.example --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				found, err := y.Probe(cmd.Context(), args[0], beyond...)
				if err != nil {
					return err
				}
				if out == asJSON {
					err = writeAsJSON(cmd.OutOrStdout(), found)
				} else {
					err = contactsync.WriteFindings(cmd.OutOrStdout(), found, i18n.English)
				}
				if err == nil && !contactsync.Works(found) {
					err = errFinding
				}
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().StringSliceVar(&beyond, "beyond", nil, "mailboxes that must not be reached")
	return cmd
}

func syncScript() *cobra.Command {
	var place app.Place
	var lang string
	cmd := &cobra.Command{
		Use:   "script ID",
		Short: "Print the PowerShell script that allows what a synchronisation needs, and no more",
		Long: `Prints what the administrator of Exchange runs: the application's permissions of the
directory and RBAC for Applications for Exchange Online, impersonation with a scope
for Exchange Server, with the values of the set-up filled in. Kept runs none of it.`,
		Example: "  kept sync script 3f2a… > allow.ps1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSync(cmd.Context(), place, func(y *contactsync.Synchroniser) error {
				s, err := y.Get(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				script, err := s.Setup.Script(i18n.Match(lang, i18n.Languages()))
				if err == nil {
					_, err = fmt.Fprint(cmd.OutOrStdout(), script)
				}
				return err
			})
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&lang, "lang", i18n.English, "language of the comments: en or de")
	return cmd
}
