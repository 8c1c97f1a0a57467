// Command kept runs a privacy policy: see `kept --help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"kept/internal/fault"
)

// version is set when the binary is built.
var version = "unknown"

// The exit codes: 0 fine, 1 a finding, 2 misuse. An operation that failed for
// another reason (a lost database, a full disk) is 1 too: the message says why.
const (
	exitFinding = 1
	exitMisuse  = 2
)

// finding ends a command with exit code 1 after it has printed what it found.
var errFinding = errors.New("findings")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends what does not listen to the first
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var misuse misuseError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFinding):
		return exitFinding
	case errors.As(err, &misuse), fault.Is(err, fault.Invalid):
		fmt.Fprintf(os.Stderr, "kept: %v\n", err)
		return exitMisuse
	}
	fmt.Fprintf(os.Stderr, "kept: %v\n", err)
	return exitFinding
}

// misuseError is a command line that cannot be carried out as written.
type misuseError struct{ error }

func misuse(format string, args ...any) error { return misuseError{fmt.Errorf(format, args...)} }

func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "kept",
		Short: "Runs a privacy policy: collects what it declares, keeps it as promised, proves it",
		Long: `Kept runs a privacy policy. One file says which personal data an online offer
processes, why, on which legal basis, for how long and who receives it. Kept
collects exactly that, asks for consent, keeps it as long as promised, deletes
it on time, answers people about their data, and proves all of it.`,
		Example: `  kept demo
  kept check policy.yaml
  kept serve --policy policy.yaml --site http://127.0.0.1:3000`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("kept {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return misuse("%v\nSee: %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(
		demoCommand(), initCommand(), checkCommand(), explainCommand(), schemaCommand(), diffCommand(), noticeCommand(), registerCommand(), serveCommand(), auditCommand(), retainCommand(),
		ledgerCommand(), receiptCommand(), accesslogCommand(), contactCommand(), bookingCommand(), subscriptionCommand(), meetingCommand(), requestCommand(), customerCommand(), newsletterCommand(), syncCommand(), mailCommand(), subjectCommand(), datasetCommand(), holdCommand(), keyCommand(), userCommand(), versionCommand(),
	)
	positional(root)
	return root
}

// positional makes wrong arguments a misuse, for a command and those below it.
func positional(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return misuse("%v\nSee: %s --help", err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		positional(sub)
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  kept version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "kept %s\n", version)
			return err
		},
	}
}
