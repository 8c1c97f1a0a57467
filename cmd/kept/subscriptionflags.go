package main

import (
	"github.com/spf13/cobra"

	"kept/internal/app"
)

// addShop adds the flags of what can be subscribed to, and of the payment service.
func addShop(cmd *cobra.Command, cfg *app.Config) {
	f := cmd.Flags()
	f.StringVar(&cfg.Plans, "plans", "", "price list of what can be subscribed to (YAML, see docs/guide/subscriptions.md)")
	f.Var(secretFlag{&cfg.Stripe.Key}, "stripe-key", "key of the account at Stripe, if the policy lets customers pay by card")
	f.Var(secretFlag{&cfg.Stripe.Webhook}, "stripe-webhook-secret", "secret that signs Stripe's messages (whsec_…)")
	secretFromEnvironment(cmd, "stripe-key")
	secretFromEnvironment(cmd, "stripe-webhook-secret")
}
