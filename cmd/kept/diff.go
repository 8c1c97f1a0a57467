package main

import (
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/duty/change"
	"kept/internal/fault"
	"kept/internal/policy"
)

func diffCommand() *cobra.Command {
	var form format
	var lang string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what a new policy changes for people, and what to do before",
		Long: `Compares two policies by what they mean: what is new or gone, what is kept
longer or shorter, which consents lapse, whom to tell and what to do before the
new one applies. Layout, comments and the order of entries are no change. Either
may be - for the standard input. Exit code 1 if there is something to do; 0 if
nothing changed, or only how it runs and how it is worded.`,
		Example: `  kept diff policy.yaml new.yaml
  git show main:policy.yaml | kept diff - policy.yaml
  kept diff --format markdown --lang de policy.yaml new.yaml > comment.md`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: completePolicies,
		RunE: func(cmd *cobra.Command, files []string) error {
			if files[0] == fromInput && files[1] == fromInput {
				return misuse("only one of the two policies can come from the standard input")
			}
			old, err := policyToCompare(cmd, files[0], isMistakeOfForm)
			if err != nil {
				return err
			}
			next, err := policyToCompare(cmd, files[1], isMistake)
			if err != nil {
				return err
			}
			if lang == "" {
				lang = next.Notice.Languages[0]
			}
			if lang, err = languageOf(lang); err != nil {
				return err
			}
			report := change.Between(old, next, lang)
			if err := printChanges(cmd, report, form); err != nil {
				return err
			}
			if report.Matters() {
				return errFinding
			}
			return nil
		},
	}
	addFormat(cmd, &form, asText, asJSON, asMarkdown)
	addLanguage(cmd, &lang, "the first of the new policy")
	return cmd
}

func printChanges(cmd *cobra.Command, report change.Report, form format) error {
	switch form {
	case asJSON:
		return printJSON(cmd.OutOrStdout(), report)
	case asMarkdown:
		return report.Markdown(cmd.OutOrStdout())
	}
	return report.Text(cmd.OutOrStdout())
}

// policyToCompare reads a policy for a comparison. It shows the mistakes that counts
// picks and refuses the policy for them: what it means is not certain.
func policyToCompare(cmd *cobra.Command, file string, counts func(policy.Finding) bool) (*policy.Policy, error) {
	name, src, err := readPolicy(cmd, file)
	if err != nil {
		return nil, err
	}
	p, findings := policy.Load(name, src, app.Vocabulary(), clock.System.Now())
	var mistakes policy.Findings
	for _, f := range findings {
		if f.Severity == policy.Mistake && counts(f) {
			mistakes = append(mistakes, f)
		}
	}
	if len(mistakes) > 0 {
		if err := mistakes.Write(cmd.ErrOrStderr()); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.Invalid, "%s has %s; mend them first, see: kept check %s", name, counted(len(mistakes), "mistake"), file)
	}
	return p, nil
}

// isMistake is any mistake. The policy that is to come must have none.
func isMistake(policy.Finding) bool { return true }

// isMistakeOfForm is one by which a policy cannot be read. The former policy passed
// the checks of its day; those of today may ask for more.
func isMistakeOfForm(f policy.Finding) bool { return strings.HasPrefix(f.Code, "K1") }
