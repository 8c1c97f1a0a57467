// Package examples embeds the example policies with their sites, so that the
// one binary can show itself without a download.
package examples

import "embed"

// Files holds one folder an example: policy.yaml, the datasets that it names, and
// site/ where the system has one.
//
//go:embed alleherzen conference-tools contactsync m365connect mailissa
var Files embed.FS
