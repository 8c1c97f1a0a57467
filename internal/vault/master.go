package vault

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kept/internal/fault"
)

// Master is the key that wraps all others, 32 bytes. It is never stored with
// the keys.
type Master struct {
	key  Secret // 64 hex digits
	from string // where it was read, for messages
}

// String says where the master key comes from.
func (m Master) String() string { return m.from }

// bytes is the key; a Master is only made from text that decodes.
func (m Master) bytes() []byte {
	b, _ := hex.DecodeString(m.key.Reveal())
	return b
}

func (m Master) equal(other Master) bool { return m.key.Reveal() == other.key.Reveal() }

func newMaster(text, from string) (Master, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if b, err := hex.DecodeString(text); err != nil || len(b) != keySize {
		return Master{}, fault.New(fault.Invalid, "the master key from %s is not 64 hex digits", from)
	}
	return Master{key: NewSecret(text), from: from}, nil
}

// MasterFromFile reads the master key from a file of 64 hex digits. If the file
// does not exist and create is set, it makes one, readable by its owner only.
func MasterFromFile(path string, create bool) (Master, error) {
	from := "file " + path
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		made, err := createMaster(path)
		if err != nil {
			return Master{}, fault.New(fault.Unavailable, "the master key cannot be written to %s: %w", path, err)
		}
		return newMaster(made, from)
	case errors.Is(err, fs.ErrNotExist):
		return Master{}, fault.New(fault.NotFound, "there is no master key at %s; name the one in use with --master-key, or, for a new instance alone, make one: openssl rand -hex 32 > %s", path, path)
	case err != nil:
		return Master{}, fault.New(fault.Unavailable, "the master key cannot be read: %w", err)
	}
	return newMaster(string(text), from)
}

// createMaster writes a new key so that it survives a power cut, for the vault
// that it is made for would be lost with it. It never replaces a file.
func createMaster(path string) (text string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	text = hex.EncodeToString(random(keySize))
	_, err = f.WriteString(text + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	return text, errors.Join(dir.Sync(), dir.Close())
}

// MasterFromEnv reads the master key from an environment variable of 64 hex
// digits.
func MasterFromEnv(name string) (Master, error) {
	text, ok := os.LookupEnv(name)
	if !ok {
		return Master{}, fault.New(fault.NotFound, "there is no master key in the environment variable %s: 64 hex digits, as openssl rand -hex 32 prints them", name)
	}
	return newMaster(text, "environment variable "+name)
}

// commandTime bounds a command that was asked for the master key.
const commandTime = 30 * time.Second

// MasterFromCommand runs a command, as a key management service offers one, and
// reads 64 hex digits from its standard output.
func MasterFromCommand(args ...string) (Master, error) {
	if len(args) == 0 {
		return Master{}, fault.New(fault.Invalid, "the command for the master key is empty")
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return Master{}, fault.New(fault.Unavailable, "the command %s gave no master key: %w", args[0], err)
	}
	return newMaster(out.String(), fmt.Sprintf("command %s", args[0]))
}
