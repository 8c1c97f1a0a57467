// Package examples embeds the example policies with their sites, so that the
// one binary can show itself without a download.
package examples

import "embed"

// Files holds one folder an example: policy.yaml and site/.
//
//go:embed alleherzen
var Files embed.FS
