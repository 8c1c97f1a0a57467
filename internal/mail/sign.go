package mail

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"

	"kept/internal/fault"
)

// Signer signs mails for a domain (DKIM, RFC 6376, 8463). It is safe for
// concurrent use.
type Signer struct {
	Domain, Selector string
	key              crypto.Signer
}

// SignerFromFile reads a key (PEM: PKCS #8, or PKCS #1 for RSA).
func SignerFromFile(file, selector, domain string) (*Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the DKIM key cannot be read; name its file with --dkim-key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fault.New(fault.Invalid, "%s holds no PEM key; make one with: openssl genpkey -algorithm ed25519 -out %s", file, file)
	}
	key, err := privateKey(block.Bytes)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the DKIM key in %s is neither RSA nor Ed25519: %w", file, err)
	}
	return NewSigner(key, selector, domain)
}

func privateKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T", parsed)
	}
	return key, nil
}

// leastRSA is what verifiers accept (RFC 8301 says 1024, mailbox providers 2048).
const leastRSA = 2048

// NewSigner signs with key.
func NewSigner(key crypto.Signer, selector, domain string) (*Signer, error) {
	switch k := key.(type) {
	case ed25519.PrivateKey:
	case *rsa.PrivateKey:
		if k.N.BitLen() < leastRSA {
			return nil, fault.New(fault.Invalid, "the DKIM key has %d bits; mailbox providers want %d or more", k.N.BitLen(), leastRSA)
		}
	default:
		return nil, fault.New(fault.Invalid, "a DKIM key is RSA or Ed25519")
	}
	if _, err := asciiDomain(selector); err != nil || selector == "" {
		return nil, fault.New(fault.Invalid, "--dkim-selector is a name in DNS, as in 2026a")
	}
	domain, err := asciiDomain(domain)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the domain of the sender is no domain name")
	}
	return &Signer{Domain: domain, Selector: selector, key: key}, nil
}

// Record is the text to publish in DNS, and under which name.
func (s *Signer) Record() (name, text string) {
	name = s.Selector + "._domainkey." + s.Domain
	switch key := s.key.Public().(type) {
	case ed25519.PublicKey:
		return name, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key)
	default:
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return name, "" // NewSigner took keys that can be written only
		}
		return name, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	}
}
