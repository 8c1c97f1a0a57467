package main

import (
	"github.com/spf13/cobra"

	"kept/internal/mail"
	"kept/internal/remote/cleverreach"
	"kept/internal/vault"
)

// addMail adds the flags that say how mail leaves and comes in.
func addMail(cmd *cobra.Command, o *mail.Options) {
	f := cmd.Flags()
	addSender(cmd, o)
	f.IntVar(&o.Crowd, "mail-crowd", mail.UsualCrowd, "mails an hour that each form writes at most to addresses typed into it")
	f.StringVar(&o.Listen, "mail-listen", "", "address where mail is received by SMTP, as in 127.0.0.1:2525")
	f.Var(secretFlag{&o.IMAP}, "imap", "mailbox to read mail from (imaps://user:password@host/INBOX)")
	secretFromEnvironment(cmd, "imap")
}

// addFathom adds the flag of the secret that signs Fathom's messages.
func addFathom(cmd *cobra.Command, secret *vault.Secret) {
	cmd.Flags().Var(secretFlag{secret}, "fathom-secret", "secret of the webhook by which Fathom sends what it wrote down (whsec_…)")
	secretFromEnvironment(cmd, "fathom-secret")
}

// addCleverReach adds the flags of the account at CleverReach.
func addCleverReach(cmd *cobra.Command, a *cleverreach.Account) {
	f := cmd.Flags()
	f.StringVar(&a.ID, "cleverreach-id", "", "client id of the OAuth app at CleverReach, if the policy has a newsletter dispatched through it")
	f.Var(secretFlag{&a.Secret}, "cleverreach-secret", "its client secret")
	secretFromEnvironment(cmd, "cleverreach-secret")
}

// addSender adds those that say how mail leaves.
func addSender(cmd *cobra.Command, o *mail.Options) {
	f := cmd.Flags()
	f.Var(secretFlag{&o.SMTP}, "smtp", "mail server that takes what is sent (smtp://user:password@host:587 with STARTTLS, or smtps://)")
	f.BoolVar(&o.Plain, "smtp-plain", false, "the network to the mail servers is the operator's own and needs no TLS; loopback never does")
	f.StringVar(&o.From, "mail-from", "", `who mails come from ("Example Ltd <post@example.org>")`)
	f.StringVar(&o.Domain, "mail-domain", "", "domain whose mail arrives here: for answers and bounces (default: that of --mail-from)")
	f.StringVar(&o.DKIMKey, "dkim-key", "", "file of the key that signs mails (PEM: RSA or Ed25519)")
	f.StringVar(&o.DKIMSelector, "dkim-selector", "", "name in DNS under which the key's other half is published")
	secretFromEnvironment(cmd, "smtp")
}

// secretFlag is a flag whose value may hold a password.
type secretFlag struct{ to *vault.Secret }

// String implements pflag.Value.
func (s secretFlag) String() string { return "" }

// Set implements pflag.Value.
func (s secretFlag) Set(text string) error {
	*s.to = vault.NewSecret(text)
	return nil
}

// Type implements pflag.Value.
func (s secretFlag) Type() string { return "string" }
