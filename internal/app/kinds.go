package app

import (
	"kept/internal/activity/ads"
	"kept/internal/activity/connector"
	"kept/internal/activity/conversions"
	"kept/internal/activity/preferences"
	"kept/internal/activity/sampling"
	"kept/internal/activity/social"
	"kept/internal/manifest"
)

// Declared are the kinds that have words and nothing to run: what they declare,
// the gateway does.
func Declared() []manifest.Manifest { return []manifest.Manifest{preferences.Manifest()} }

// Planned are the kinds that policies may declare and this build does not run:
// their words are known, so that notice, register and checks can speak of them,
// and they have no tables, routes or jobs.
func Planned() []manifest.Manifest {
	return []manifest.Manifest{
		connector.Manifest(),
		sampling.Manifest(), ads.Manifest(), conversions.Manifest(), social.Manifest(),
	}
}
