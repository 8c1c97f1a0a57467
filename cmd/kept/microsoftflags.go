package main

import (
	"github.com/spf13/cobra"

	"kept/internal/remote/oidc"
)

// addMicrosoft adds the flags that say how people sign in to the portal with Microsoft.
func addMicrosoft(cmd *cobra.Command, a *oidc.Application) {
	f := cmd.Flags()
	f.StringVar(&a.ID, "microsoft-client", "", "application id at Microsoft Entra with which people sign in to the portal")
	f.Var(secretFlag{&a.Secret}, "microsoft-secret", "its client secret")
	secretFromEnvironment(cmd, "microsoft-secret")
	f.StringVar(&a.Authority, "microsoft-authority", "", "another authority than Microsoft's for every organisation (default "+oidc.Authority+")")
}
