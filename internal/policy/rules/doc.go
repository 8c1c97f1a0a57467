// Package rules holds what the law fixes in figures, as dated data: which
// countries have an adequacy decision and until when, how long a duty to keep
// runs, how long is too long without a reason.
//
// A pack is a YAML file for one jurisdiction; every rule in it says from which
// day it holds, until which, and where it comes from. Law changes: a figure of
// it stands in a pack and never in code. The packs only find; what a policy
// declares is what runs.
package rules
