package main

import (
	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/policy/schema"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the policy language, for editors",
		Long: `Prints the JSON Schema of the policy language as this program reads it. An
editor with YAML support then completes keys and words and underlines mistakes
while a policy is written. Write it beside the policy and begin the policy with

  # yaml-language-server: $schema=kept.schema.json

The schema knows the form; what the law asks for is the matter of kept check.`,
		Example: "  kept schema > kept.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := schema.Of(app.Vocabulary())
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}
