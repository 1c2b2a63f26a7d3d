package sim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// keyring finds keys and secrets in a folder, or makes them there with modes that let only their
// owner read. A second start of the same country finds those of the first.
type keyring struct{ dir string }

// file gives what the named file holds, made once by make.
func (k keyring) file(name string, make func() ([]byte, error)) ([]byte, string, error) {
	path := filepath.Join(k.dir, name)
	raw, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return raw, path, err
	}
	if raw, err = make(); err != nil {
		return nil, path, err
	}
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return nil, path, err
	}
	return raw, path, os.WriteFile(path, raw, 0o600)
}

// secret gives a 256-bit secret and the path of its file.
func (k keyring) secret(name string) (string, string, error) {
	raw, path, err := k.file(name, func() ([]byte, error) { return []byte(secret() + secret() + "\n"), nil })
	if err != nil {
		return "", path, fmt.Errorf("secret %s: %w", name, err)
	}
	return strings.TrimSpace(string(raw)), path, nil
}

// key gives a private ES256 key as a JWK and the path of its file.
func (k keyring) key(name string) (*jose.JSONWebKey, string, error) {
	raw, path, err := k.file(name, newJWK)
	if err != nil {
		return nil, path, fmt.Errorf("key %s: %w", name, err)
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal(raw, &key); err != nil {
		return nil, path, fmt.Errorf("key %s: %w", name, err)
	}
	return &key, path, nil
}

// pem is key in the form that the hub reads: PKCS #8, named by its thumbprint (RFC 7638).
func (k keyring) pem(name string) (*jose.JSONWebKey, string, error) {
	raw, path, err := k.file(name, newPEM)
	if err != nil {
		return nil, path, fmt.Errorf("key %s: %w", name, err)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, path, fmt.Errorf("key %s: the file holds no key", name)
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, path, fmt.Errorf("key %s: %w", name, err)
	}
	key := &jose.JSONWebKey{Key: private, Algorithm: "ES256", Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, path, fmt.Errorf("key %s: %w", name, err)
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return key, path, nil
}

func newPEM() ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func newJWK() ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return json.MarshalIndent(jose.JSONWebKey{Key: private, KeyID: kid(private), Algorithm: "ES256", Use: "sig"}, "", "  ")
}

func public(key *jose.JSONWebKey) jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}}
}
