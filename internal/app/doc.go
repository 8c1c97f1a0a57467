// Package app puts the rooms together. It is the only one that knows every
// kind of activity, every duty and every page; only the command line imports it.
//
// A Platform is what stands on the disk, opened: enough to verify or to invite.
// An App is a Platform with kinds, duties and pages, under a policy in force.
// The room decides nothing about data: it opens, wires, runs and stops.
package app
