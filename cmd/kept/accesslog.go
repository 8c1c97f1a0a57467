package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"kept/internal/activity/accesslog"
	"kept/internal/policy"
)

func accesslogCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "accesslog",
		Short:   "Clean access logs of other servers, and declare attacks on this one",
		Example: "  kept accesslog anonymise < access.log > clean.log",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(anonymiseCommand(), incidentCommand())
	return cmd
}

func anonymiseCommand() *cobra.Command {
	keep := policy.Truncation{IPv4: 16, IPv6: 48}
	cmd := &cobra.Command{
		Use:   "anonymise",
		Short: "Shorten every address of a combined-format log, from standard input to standard output",
		Long: `Reads a log in the common or combined format and writes it with every IP
address shortened, and without user names and query strings. Lines of another
form are passed on with the addresses found in them shortened too. It works as a
stream, with constant memory.`,
		Example: "  kept accesslog anonymise < access.log > clean.log\n  tail -F access.log | kept accesslog anonymise --ipv4 24 > clean.log",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keep.IPv4 < 0 || keep.IPv4 > 24 || keep.IPv6 < 0 || keep.IPv6 > 64 {
				return misuse("at most 24 leading bits of an IPv4 address and 64 of an IPv6 address can stay")
			}
			return accesslog.Anonymise(until(cmd.Context(), cmd.InOrStdin()), cmd.OutOrStdout(), keep)
		},
	}
	cmd.Flags().IntVar(&keep.IPv4, "ipv4", keep.IPv4, "leading bits of an IPv4 address that stay")
	cmd.Flags().IntVar(&keep.IPv6, "ipv6", keep.IPv6, "leading bits of an IPv6 address that stay")
	return cmd
}

// until reads r until it ends or ctx does, so that a signal ends a stream that
// may never end by itself, after what has come in was written.
func until(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	context.AfterFunc(ctx, func() { in.Close() })
	go func() {
		_, err := io.Copy(in, r)
		in.CloseWithError(err)
	}()
	return out
}
