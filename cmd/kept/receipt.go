package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/consent"
)

func receiptCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "receipt",
		Short:   "Verify consent receipts",
		Example: "  kept receipt verify receipt.json --key \"kept.example+1f2e3d4c+AbCd…\"",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(receiptVerifyCommand())
	return cmd
}

func receiptVerifyCommand() *cobra.Command {
	var key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify a receipt offline: its signature, and its place in the log",
		Long: `Says what the receipt proves: the signed acknowledgement alone, or also that
the decision stands in the log (inclusion proof). Without --key the key that the
receipt names is used, which proves that the receipt is whole, not who made it.`,
		Example: "  kept receipt verify receipt.json\n  kept receipt verify receipt.json --key \"kept.example+1f2e3d4c+AbCd…\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			receipt, err := os.ReadFile(args[0])
			if err != nil {
				return misuse("the receipt cannot be read: %v", err)
			}
			verdict, err := consent.VerifyReceipt(receipt, key)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), verdict)
			} else {
				err = printVerdict(cmd.OutOrStdout(), verdict)
			}
			if err == nil && len(verdict.Findings) > 0 {
				err = errFinding
			}
			return err
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "the issuer's verifier key in note format, as published in its privacy center")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdict as JSON")
	return cmd
}

func printVerdict(w io.Writer, v consent.Verdict) error {
	lines := []string{}
	if v.Acknowledged {
		lines = append(lines, "✓ acknowledged: the signature is the log's own")
	}
	if v.Included {
		lines = append(lines, "✓ included: the decision stands in the log, under a signed checkpoint")
	} else if v.Acknowledged {
		lines = append(lines, "? not shown to be in the log yet: download the receipt again a minute later")
	}
	if v.OwnKey {
		lines = append(lines, "? checked with the key that the receipt itself names; give the issuer's with --key")
	}
	for _, f := range v.Findings {
		lines = append(lines, "✗ "+f)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}
