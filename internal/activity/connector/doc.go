// Package connector is the kind "connector": an add-in and its portal that
// connect a mailbox with other systems.
//
// Signing in tells who somebody is and to which tenant they belong. Names of
// users and groups are stored only where an administrator assigns a connector to
// them. Data of a connected system is touched by the advanced functions alone,
// and after a consent that names that system's permissions.
//
// The room refuses a permission that a function does not need, and to keep what
// it shows of another system.
package connector
