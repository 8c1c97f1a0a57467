package oidc

import (
	"kept/internal/vault"
)

// Authority is Microsoft's, for people of every organisation.
const Authority = "https://login.microsoftonline.com/organizations"

// Application is the operator's registration at Microsoft Entra.
type Application struct {
	ID        string       // application (client) id
	Secret    vault.Secret // client secret
	Authority string       // empty: Authority
}

func (a Application) authority() string {
	if a.Authority == "" {
		return Authority
	}
	return a.Authority
}
