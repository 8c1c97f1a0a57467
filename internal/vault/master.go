package vault

import "kept/internal/fault"

// Master is the key that wraps all others, 32 bytes. It is never stored with
// the keys.
type Master struct {
	key  Secret
	from string // where it was read, for messages
}

// MasterFromFile reads the master key from a file of 64 hex digits. If the file
// does not exist and create is set, it makes one, readable by its owner only.
func MasterFromFile(path string, create bool) (Master, error) {
	return Master{}, fault.New(fault.Internal, "not yet")
}

// MasterFromEnv reads the master key from an environment variable of 64 hex
// digits.
func MasterFromEnv(name string) (Master, error) {
	return Master{}, fault.New(fault.Internal, "not yet")
}

// MasterFromCommand runs a command, as a key management service offers one, and
// reads 64 hex digits from its standard output.
func MasterFromCommand(args ...string) (Master, error) {
	return Master{}, fault.New(fault.Internal, "not yet")
}
