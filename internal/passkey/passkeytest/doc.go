// Package passkeytest is an authenticator for tests: it makes passkeys and signs with
// them as a device does.
package passkeytest
