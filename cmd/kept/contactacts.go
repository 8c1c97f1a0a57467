package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"kept/internal/activity/contact"
	"kept/internal/app"
	"kept/internal/fault"
)

// visible writes letters that steer a terminal, or that nobody sees, as their
// numbers.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func contactConclude() *cobra.Command {
	var place app.Place
	var out format
	var trial bool
	cmd := &cobra.Command{
		Use:   "conclude ID",
		Short: "Conclude a correspondence: the period of its deletion begins",
		Long: `Concludes a correspondence. From then on the policy's period runs; what it keeps
no moment longer is deleted at once.`,
		Example: "  kept contact conclude 4w2k0c1e5xq7m9s3v8b6d2r4ta --dry-run\n  kept contact conclude 4w2k0c1e5xq7m9s3v8b6d2r4ta",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withContact(cmd.Context(), place, func(c *contact.Correspondence) error {
				gone, err := c.Conclude(cmd.Context(), args[0], commandLine, trial)
				if err != nil {
					return err
				}
				if out == asJSON {
					return writeAsJSON(cmd.OutOrStdout(), map[string]any{"id": args[0], "deleted_rows": gone, "dry_run": trial})
				}
				say := "Concluded. %d rows were deleted at once.\n"
				if trial {
					say = "Would conclude it, and delete %d rows at once. Nothing was changed.\n"
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), say, gone)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	addFormat(cmd, &out, asText, asJSON)
	cmd.Flags().BoolVar(&trial, "dry-run", false, "say what would be deleted at once, and change nothing")
	return cmd
}

func contactExport() *cobra.Command {
	var place app.Place
	cmd := &cobra.Command{
		Use:   "export ID FILE",
		Short: "Write a correspondence with its files as a ZIP archive",
		Long: `Writes a correspondence as a ZIP archive: correspondence.json, and the files as they
came. Nothing checks them for what they do: open them with care. The ledger notes
that somebody did. A file that exists is not overwritten.`,
		Example: "  kept contact export 4w2k0c1e5xq7m9s3v8b6d2r4ta message.zip",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withContact(cmd.Context(), place, func(c *contact.Correspondence) error {
				file, err := os.OpenFile(args[1], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
				if err != nil {
					return fault.New(fault.Invalid, "the archive cannot be written; name a file that does not exist: %w", err)
				}
				files, err := c.Export(cmd.Context(), args[0], commandLine, file)
				if err = errors.Join(err, file.Close()); err != nil {
					return errors.Join(err, os.Remove(args[1]))
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s with %d files.\n", args[1], files)
				return err
			})
		},
	}
	addPlace(cmd, &place)
	return cmd
}
