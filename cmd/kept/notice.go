package main

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kept/internal/duty/notice"
	"kept/internal/duty/notice/press"
)

// The forms of a notice, the authoritative one first.
const (
	noticeText     format = "txt"
	noticePage     format = "html"
	noticeMarkdown format = "md"
	noticePDF      format = "pdf"
)

func noticeCommand() *cobra.Command {
	var d documentFlags
	var site string
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
			return runNotice(cmd, args, &d, site)
		},
	}
	addDocument(cmd, &d, noticeText, noticePage, noticeMarkdown, noticePDF)
	cmd.Flags().StringVar(&site, "site", "", "address at which Kept serves its pages (https://…): completes links to them, not in the text")
	return cmd
}

func runNotice(cmd *cobra.Command, args []string, d *documentFlags, site string) error {
	if err := d.complete(); err != nil {
		return err
	}
	if site != "" && !strings.HasPrefix(site, "https://") && !strings.HasPrefix(site, "http://") {
		return misuse("--site takes an address like https://www.example.com, not %q", site)
	}
	if err := d.check(cmd, noticePDF, "a PDF"); err != nil {
		return err
	}
	p, err := d.policyOf(cmd, args)
	if err != nil {
		return err
	}
	if !slices.Contains(p.Notice.Languages, d.lang) {
		return misuse("the notice is published in %s, not in %q; add it to notice.languages, or choose another --lang", strings.Join(p.Notice.Languages, ", "), d.lang)
	}
	return d.write(cmd.OutOrStdout(), "notice", func(w io.Writer) error {
		b, err := noticeIn(d.format, notice.Build(p, d.lang), p.Controller.Name, site)
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	})
}

// noticeIn writes a notice in that form. Links are completed with site in all but
// the text, whose bytes are the same everywhere.
func noticeIn(form format, n notice.Notice, issuer, site string) ([]byte, error) {
	switch form {
	case noticePage:
		return n.At(site).Page(issuer), nil
	case noticeMarkdown:
		return []byte(n.At(site).Markdown()), nil
	case noticePDF:
		return press.PDF(n.At(site), issuer)
	}
	return []byte(n.Text()), nil
}
