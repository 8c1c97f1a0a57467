package graph

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"

	"kept/internal/fault"
)

// ReadCertificate reads an application's certificate and its RSA key, both as PEM in
// one text, in whichever order. The key is not encrypted. Further certificates, of
// the authority, are passed over.
func ReadCertificate(text []byte) (c Certificate, err error) {
	var key *rsa.PrivateKey
	var certificates []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE":
			leaf, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return c, fault.New(fault.Invalid, "the application's certificate cannot be read: %w", err)
			}
			certificates = append(certificates, leaf)
		case "PRIVATE KEY", "RSA PRIVATE KEY":
			if key, err = rsaKey(block); err != nil {
				return c, err
			}
		case "ENCRYPTED PRIVATE KEY":
			return c, fault.New(fault.Invalid, "the application's key is encrypted; write it without a password: openssl pkey -in key.pem -out plain.pem")
		}
	}
	if key == nil || len(certificates) == 0 {
		return c, fault.New(fault.Invalid, "an application's certificate is a PEM text with a certificate and its RSA key; put both into one file: cat key.pem cert.pem")
	}
	for _, leaf := range certificates {
		if key.PublicKey.Equal(leaf.PublicKey) {
			return Certificate{Leaf: leaf, Key: key}, nil
		}
	}
	return c, fault.New(fault.Invalid, "the key does not belong to the application's certificate")
}

func rsaKey(block *pem.Block) (*rsa.PrivateKey, error) {
	if block.Type == "RSA PRIVATE KEY" {
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fault.New(fault.Invalid, "the application's key cannot be read: %w", err)
		}
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the application's key cannot be read: %w", err)
	}
	if key, ok := key.(*rsa.PrivateKey); ok {
		return key, nil
	}
	return nil, fault.New(fault.Invalid, "the application's key is none of RSA: Microsoft takes no other")
}
