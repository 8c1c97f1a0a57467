package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kept/internal/app"
	"kept/internal/duty/notice"
	"kept/internal/duty/notice/press"
	"kept/internal/policy"
)

// noticeFormats are the forms of a notice, the authoritative one first.
var noticeFormats = []string{"txt", "html", "md", "pdf"}

type noticeOptions struct {
	lang, format, out, site, asOf string
}

func noticeCommand() *cobra.Command {
	var o noticeOptions
	cmd := &cobra.Command{
		Use:   "notice [FILE]",
		Short: "Write the privacy notice of a policy",
		Long: `Writes the whole privacy notice (Art. 13 and 14 GDPR) of a policy; the file is
policy.yaml unless you name another. No instance is needed. The text (txt) is
the authoritative form: its SHA-256 is the number that receipts name, and the
same that a running Kept publishes. The same policy gives the same bytes.`,
		Example: `  kept notice
  kept notice policy.yaml --lang de -o datenschutz.pdf
  kept notice policy.yaml --format html --site https://www.example.com -o privacy.html`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completePolicies,
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "policy.yaml"
			if len(args) > 0 {
				file = args[0]
			}
			return runNotice(cmd, file, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.lang, "lang", "", "language, de or en; the first of the policy unless given")
	f.StringVar(&o.format, "format", "", "txt, html, md or pdf; what the output's name ends in, else txt")
	f.StringVarP(&o.out, "output", "o", "", "file to write to; the standard output unless given")
	f.StringVar(&o.site, "site", "", "address at which Kept serves its pages (https://…): completes links to them, not in the text")
	f.StringVar(&o.asOf, "as-of", "", "check by the rules of this day (YYYY-MM-DD); today unless given")
	return cmd
}

func runNotice(cmd *cobra.Command, file string, o noticeOptions) error {
	if err := o.complete(); err != nil {
		return err
	}
	if o.format == "pdf" && o.out == "" && isTerminal(cmd.OutOrStdout()) {
		return misuse("a PDF is nothing for a terminal; name a file with -o notice.pdf")
	}
	p, err := policyAsOf(cmd, file, o.asOf)
	if err != nil {
		return err
	}
	if o.lang == "" {
		o.lang = p.Notice.Languages[0]
	}
	if !slices.Contains(p.Notice.Languages, o.lang) {
		return misuse("the notice is published in %s, not in %q; add it to notice.languages, or choose another --lang", strings.Join(p.Notice.Languages, ", "), o.lang)
	}
	b, err := writeNotice(notice.Build(p, o.lang), p.Controller.Name, o)
	if err != nil {
		return err
	}
	if o.out == "" {
		_, err = cmd.OutOrStdout().Write(b)
		return err
	}
	if err := os.WriteFile(o.out, b, 0o644); err != nil {
		return fmt.Errorf("write the notice: %w", err)
	}
	return nil
}

// complete checks the options and derives the format from the output's name.
func (o *noticeOptions) complete() error {
	if o.format == "" {
		o.format = strings.TrimPrefix(strings.ToLower(filepath.Ext(o.out)), ".")
		if !slices.Contains(noticeFormats, o.format) {
			o.format = noticeFormats[0]
		}
	}
	if !slices.Contains(noticeFormats, o.format) {
		return misuse("--format takes %s, not %q", strings.Join(noticeFormats, ", "), o.format)
	}
	if o.site != "" && !strings.HasPrefix(o.site, "https://") && !strings.HasPrefix(o.site, "http://") {
		return misuse("--site takes an address like https://www.example.com, not %q", o.site)
	}
	return nil
}

func writeNotice(n notice.Notice, issuer string, o noticeOptions) ([]byte, error) {
	switch o.format {
	case "html":
		return n.At(o.site).Page(issuer), nil
	case "md":
		return []byte(n.At(o.site).Markdown()), nil
	case "pdf":
		return press.PDF(n.At(o.site), issuer)
	}
	return []byte(n.Text()), nil
}

// policyAsOf reads a policy by the rules of a day; its mistakes are printed
// on the error output and end the command.
func policyAsOf(cmd *cobra.Command, file, asOf string) (*policy.Policy, error) {
	day, err := dayOf(asOf)
	if err != nil {
		return nil, err
	}
	name, src, err := readPolicy(cmd, file)
	if err != nil {
		return nil, err
	}
	p, findings := policy.Load(name, src, app.Vocabulary(), day)
	if !findings.HasErrors() {
		return p, nil
	}
	if err := findings.Write(cmd.ErrOrStderr()); err != nil {
		return nil, err
	}
	return nil, errFinding
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
