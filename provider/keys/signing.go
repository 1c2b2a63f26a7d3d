package keys

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Algorithm is a JWS algorithm (RFC 7518 §3.1).
type Algorithm string

// The algorithms signed with.
const (
	ES256 Algorithm = "ES256"
	RS256 Algorithm = "RS256" // for parties that cannot do ES256
)

// SigningKey is one signing key: a crypto.Signer that never prints. Where the private part was
// taken away after its time, it only names the public one.
type SigningKey struct {
	ID        string // RFC 7638 thumbprint of the public key
	Algorithm Algorithm
	Begin     time.Time // used from then on, until the next one of its algorithm begins
	public    crypto.PublicKey
	signer    crypto.Signer
}

// Public gives the public key.
func (k SigningKey) Public() crypto.PublicKey { return k.public }

// Sign signs a digest.
func (k SigningKey) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if k.signer == nil {
		return nil, errors.New("keys: this key has had its time and only verifies")
	}
	return k.signer.Sign(random, digest, opts)
}

// String names the key without showing it.
func (k SigningKey) String() string { return string(k.Algorithm) + " key " + k.ID }

// GoString names the key without showing it.
func (k SigningKey) GoString() string { return k.String() }

// LogValue names the key without showing it.
func (k SigningKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText names the key without showing it.
func (k SigningKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

var _ crypto.Signer = SigningKey{}

// generate makes the private key of an algorithm.
func generate(a Algorithm) (crypto.Signer, error) {
	switch a {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256:
		return rsa.GenerateKey(rand.Reader, 3072)
	default:
		return nil, fmt.Errorf("unknown signing algorithm %q", a)
	}
}

const (
	signingPrefix = "sign-"
	privateSuffix = ".pem"
	publicSuffix  = ".pub.pem"
)

// signingName is sign-ALGORITHM-BEGIN, where begin is in seconds since 1970: one key for each
// algorithm and moment, so that two replicas cannot both make it.
func signingName(a Algorithm, begin time.Time) string {
	return signingPrefix + string(a) + "-" + strconv.FormatInt(begin.Unix(), 10)
}

func makeSigning(dir string, a Algorithm, begin time.Time) error {
	signer, err := generate(a)
	if err != nil {
		return fmt.Errorf("make a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return errors.New("make a signing key: it does not marshal") // the cause could hold it
	}
	content := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return writeOnce(filepath.Join(dir, signingName(a, begin)+privateSuffix), content)
}

// readSigning reads every signing key of a folder, oldest first.
func readSigning(dir string) ([]SigningKey, error) {
	if err := private(dir); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, signingPrefix+"*"+privateSuffix)) // matches public ones, too
	if err != nil {
		return nil, fmt.Errorf("list signing keys: %w", err)
	}
	byID := map[string]SigningKey{}
	for _, file := range files {
		key, err := readSigningFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue // its private part was taken away this moment; the public one is there
		}
		if err != nil {
			return nil, fmt.Errorf("signing key %s: %w", filepath.Base(file), err)
		}
		if had, ok := byID[key.ID]; !ok || had.signer == nil {
			byID[key.ID] = key
		}
	}
	keys := make([]SigningKey, 0, len(byID))
	for _, key := range byID {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b SigningKey) int {
		return cmp.Or(a.Begin.Compare(b.Begin), cmp.Compare(a.ID, b.ID))
	})
	return keys, nil
}

func readSigningFile(path string) (SigningKey, error) {
	name, isPublic := strings.CutSuffix(filepath.Base(path), publicSuffix)
	name = strings.TrimSuffix(name, privateSuffix)
	algorithm, second, _ := strings.Cut(strings.TrimPrefix(name, signingPrefix), "-")
	begin, err := strconv.ParseInt(second, 10, 64)
	if err != nil {
		return SigningKey{}, errors.New("the name does not end in the second from which it is used")
	}
	if err := private(path); err != nil {
		return SigningKey{}, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return SigningKey{}, err
	}
	block, rest := pem.Decode(content)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return SigningKey{}, errors.New("not one PEM block")
	}
	key := SigningKey{Algorithm: Algorithm(algorithm), Begin: time.Unix(begin, 0).UTC()}
	if isPublic {
		key.public, err = x509.ParsePKIXPublicKey(block.Bytes)
	} else {
		var parsed any
		if parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			key.signer, _ = parsed.(crypto.Signer)
			if key.signer != nil {
				key.public = key.signer.Public()
			}
		}
	}
	if err != nil {
		return SigningKey{}, errors.New("does not parse") // the cause could quote it
	}
	if !fits(key.Algorithm, key.public) {
		return SigningKey{}, fmt.Errorf("not a key for %s, or too short", algorithm)
	}
	key.ID, err = Thumbprint(key.public)
	return key, err
}

// fits says whether a key may be used with the algorithm: RFC 7518 §3.3 asks for 2048 bits, §3.4
// for P-256.
func fits(a Algorithm, public crypto.PublicKey) bool {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		return a == ES256 && key.Curve == elliptic.P256()
	case *rsa.PublicKey:
		return a == RS256 && key.N.BitLen() >= 2048
	default:
		return false
	}
}
