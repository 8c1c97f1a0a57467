package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/ledger"
	"kept/internal/mail"
)

func ledgerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ledger",
		Short:   "Verify and export the append-only log",
		Example: "  kept ledger verify ./ledger-export\n  kept ledger export --data ./kept-data ./ledger-export",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(ledgerVerifyCommand(), ledgerExportCommand())
	return cmd
}

func ledgerVerifyCommand() *cobra.Command {
	var place app.Place
	var key, kept string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [FOLDER]",
		Short: "Verify every leaf up to the signed checkpoint, offline",
		Long: `Recomputes the log from its entries and compares it with the signed checkpoint.
With a FOLDER it checks an export, offline; the key is read from the export
unless --key gives the one that you got another way. Without a FOLDER it checks
the log of the instance at --data or --database.

A log that was rewritten under its own key fits itself. --checkpoint compares it
with a head that somebody outside kept: the daily mail to the data protection
officer, saved, or its attachment, or what /privacy/ledger/checkpoint once said.`,
		Example: `  kept ledger verify ./ledger-export
  kept ledger verify ./ledger-export --key "kept.example+1f2e3d4c+AbCd…"
  kept ledger verify ./ledger-export --checkpoint mail-of-november.eml
  kept ledger verify --data ./kept-data`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			seen, err := seenOutside(cmd, kept)
			if err != nil {
				return err
			}
			bar := progress("Verifying leaves")
			defer bar.finish()
			var report ledger.Report
			if len(args) == 1 {
				if _, missing := os.Stat(args[0]); missing != nil {
					return misuse("there is no folder %s", args[0])
				}
				report, err = ledger.VerifyDir(cmd.Context(), args[0], key, bar.set, seen...)
			} else {
				report, err = verifyInstance(cmd, place, bar, seen)
			}
			if err != nil {
				return err
			}
			bar.finish()
			if err := printReport(cmd, report, len(seen) > 0, asJSON); err != nil {
				return err
			}
			if report.Bad != nil {
				return errFinding
			}
			return nil
		},
	}
	addPlace(cmd, &place)
	cmd.Flags().StringVar(&key, "key", "", "verifier key in note format, if not the one in the folder")
	cmd.Flags().StringVar(&kept, "checkpoint", "", "file with a head that was kept outside, a saved mail too; - for the standard input")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// seenOutside reads the checkpoint out of a file, or out of a mail that was saved.
func seenOutside(cmd *cobra.Command, name string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	_, raw, err := readPolicy(cmd, name)
	if err != nil {
		return nil, err
	}
	found, err := ledger.FindCheckpoint(string(raw))
	if err != nil {
		found, err = ledger.FindCheckpoint(mail.Read(raw).Text)
	}
	if err != nil {
		return nil, misuse("%s: %v", name, err)
	}
	return []string{found}, nil
}

func verifyInstance(cmd *cobra.Command, place app.Place, bar *bar, seen []string) (ledger.Report, error) {
	platform, err := app.OpenPlatform(cmd.Context(), place)
	if err != nil {
		return ledger.Report{}, err
	}
	defer platform.Close()
	return platform.Ledger.Verify(cmd.Context(), bar.set, seen...)
}

// verification is a report as JSON has it.
type verification struct {
	Holds      bool   `json:"holds"`
	Leaves     int64  `json:"leaves"`
	Checkpoint string `json:"checkpoint,omitempty"`
	FirstBad   *int64 `json:"first_bad,omitempty"` // index of the first leaf that does not fit
	What       string `json:"what,omitempty"`
}

func printReport(cmd *cobra.Command, report ledger.Report, outside, asJSON bool) error {
	w := cmd.OutOrStdout()
	if asJSON {
		v := verification{Holds: report.Bad == nil, Leaves: report.Leaves, Checkpoint: report.Checkpoint.Text}
		if bad := report.Bad; bad != nil {
			v.What, v.FirstBad = bad.What, &bad.Leaf
		}
		return printJSON(w, v)
	}
	if bad := report.Bad; bad != nil {
		_, err := fmt.Fprintf(w, "✗ broken at %s: %s\n", leaves(bad), bad.What)
		return err
	}
	_, err := fmt.Fprintf(w, "✓ verified: %d leaves up to the signed checkpoint\n  root %x\n", report.Leaves, report.Checkpoint.Root)
	if err == nil && outside {
		_, err = fmt.Fprintln(w, "  it continues the checkpoint that was kept outside")
	}
	return err
}

func leaves(bad *ledger.Bad) string {
	switch {
	case bad.Leaf < 0:
		return "the log's frame"
	case bad.Last > bad.Leaf:
		return fmt.Sprintf("one of the leaves %d to %d", bad.Leaf, bad.Last)
	}
	return fmt.Sprintf("leaf %d", bad.Leaf)
}

func ledgerExportCommand() *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:     "export FOLDER",
		Short:   "Write the log as a folder of tiles that anyone can verify",
		Example: "  kept ledger export --data ./kept-data ./ledger-export",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			platform, err := app.OpenPlatform(cmd.Context(), place)
			if err != nil {
				return err
			}
			defer platform.Close()
			bar := progress("Exporting leaves")
			defer bar.finish()
			if _, err := platform.Ledger.Sequence(cmd.Context()); err != nil {
				return err
			}
			if err := platform.Ledger.Export(cmd.Context(), args[0], bar.set); err != nil {
				return err
			}
			bar.finish()
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Written to %s. Verify it with: kept ledger verify %s\n", args[0], args[0])
			return err
		},
	}
	addPlace(cmd, &place)
	return cmd
}
