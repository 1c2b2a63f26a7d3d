package webeid

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of the algorithms listed
	_ "crypto/sha512" // likewise
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// A token has so many characters (R-WEID-03).
const (
	shortestToken = 100
	longestToken  = 10_000
	mostSigning   = 5
)

// formats that are read: version 1, whose later minor versions add fields only.
var formats = regexp.MustCompile(`^web-eid:1(?:\.([0-9]{1,3}))?$`)

// token is a token that was read, and not yet believed.
type token struct {
	algorithm   algorithm
	certificate *x509.Certificate
	signature   []byte
	signing     []*x509.Certificate // of format 1.1
}

// algorithm is one of JWA (RFC 7518 §3.1) that cards use.
type algorithm struct {
	family string // ES, PS, RS
	hash   crypto.Hash
}

// algorithms is the list of what is accepted; the token's word picks one of it (R-WEID-04).
func algorithms(name string) (algorithm, bool) {
	hashes := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}
	if len(name) != 5 || !slices.Contains([]string{"ES", "PS", "RS"}, name[:2]) {
		return algorithm{}, false
	}
	hash, ok := hashes[name[2:]]
	return algorithm{name[:2], hash}, ok
}

// parse reads a token strictly: exact names, none twice, nothing after it. Fields that we do not know are
// not looked at; who the citizen is stands in the certificate alone (attacks XC-10).
func parse(text string) (token, error) {
	if len(text) < shortestToken || len(text) > longestToken {
		return token{}, invalid("size")
	}
	fields, err := object([]byte(text))
	if err != nil {
		return token{}, err
	}
	var t token
	name, err := fields.text("algorithm")
	if err != nil {
		return token{}, err
	}
	var known bool
	if t.algorithm, known = algorithms(name); !known {
		return token{}, invalid("algorithm")
	}
	format, err := fields.text("format")
	if err != nil {
		return token{}, err
	}
	version := formats.FindStringSubmatch(format)
	if version == nil {
		return token{}, invalid("format")
	}
	if t.certificate, err = fields.certificate("unverifiedCertificate"); err != nil {
		return token{}, err
	}
	signature, err := fields.text("signature")
	if err != nil {
		return token{}, err
	}
	if t.signature, err = base64.StdEncoding.Strict().DecodeString(signature); err != nil {
		return token{}, invalid("signature_form")
	}
	if strings.Trim(version[1], "0") != "" {
		t.signing, err = fields.signing()
	}
	return t, err
}

// members are an object's, by their exact names.
type members map[string]json.RawMessage

// object reads one JSON object whose names are all different, on every depth.
func object(raw []byte) (members, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if err := distinct(decoder, 0); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF { //nolint:errorlint // io.EOF is returned as it is
		return nil, invalid("json")
	}
	var all members
	if json.Unmarshal(raw, &all) != nil || all == nil {
		return nil, invalid("json")
	}
	return all, nil
}

// deepest is more than a token of any version has.
const deepest = 8

// distinct walks one value and refuses a name that is there twice in one object: which of the two
// counts would be anybody's guess.
func distinct(decoder *json.Decoder, depth int) error {
	next, err := decoder.Token()
	if err != nil || depth > deepest {
		return invalid("json")
	}
	opened, ok := next.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for decoder.More() {
		if opened == '{' {
			key, err := decoder.Token()
			name, ok := key.(string)
			if err != nil || !ok || seen[name] {
				return invalid("json")
			}
			seen[name] = true
		}
		if err := distinct(decoder, depth+1); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return invalid("json")
	}
	return nil
}

func (m members) text(name string) (string, error) {
	var text *string
	if json.Unmarshal(m[name], &text) != nil || text == nil || *text == "" {
		return "", invalid("field")
	}
	return *text, nil
}

func (m members) certificate(name string) (*x509.Certificate, error) {
	text, err := m.text(name)
	if err != nil {
		return nil, err
	}
	der, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, invalid("certificate_form")
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, invalid("certificate_form")
	}
	return c, nil
}

// signing reads the certificates for signatures, which a token of format 1.1 must bring (R-WEID-11).
func (m members) signing() ([]*x509.Certificate, error) {
	var rows []json.RawMessage
	if json.Unmarshal(m["unverifiedSigningCertificates"], &rows) != nil || len(rows) == 0 || len(rows) > mostSigning {
		return nil, invalid("signing_certificates")
	}
	var all []*x509.Certificate
	for _, raw := range rows {
		row, err := object(raw)
		if err != nil {
			return nil, err
		}
		c, err := row.certificate("certificate")
		if err != nil {
			return nil, err
		}
		if err := row.supported(); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// supported checks the algorithms that a signing certificate comes with.
func (m members) supported() error {
	var rows []json.RawMessage
	if json.Unmarshal(m["supportedSignatureAlgorithms"], &rows) != nil || len(rows) == 0 || len(rows) > 50 {
		return invalid("signing_algorithms")
	}
	allowed := map[string][]string{
		"cryptoAlgorithm": {"ECC", "RSA"},
		"hashFunction":    {"SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"},
		"paddingScheme":   {"NONE", "PKCS1.5", "PSS"},
	}
	for _, raw := range rows {
		row, err := object(raw)
		if err != nil {
			return err
		}
		for name, values := range allowed {
			value, err := row.text(name)
			if err != nil || !slices.Contains(values, value) {
				return invalid("signing_algorithms")
			}
		}
	}
	return nil
}

// signed checks that the key signed the digests of our origin and our challenge, each by the algorithm's
// hash; the challenge is digested as the base64 text that it is.
func (t token) signed(key any, origin, nonce string) error {
	sum := func(parts ...[]byte) []byte {
		h := t.algorithm.hash.New()
		for _, part := range parts {
			h.Write(part)
		}
		return h.Sum(nil)
	}
	digest := sum(sum([]byte(origin)), sum([]byte(nonce)))
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		size := (key.Curve.Params().BitSize + 7) / 8
		if t.algorithm.family != "ES" || len(t.signature) != 2*size { // RFC 7518 §3.4: r and s, each as long as the curve
			return invalid("algorithm_of_key")
		}
		r, s := new(big.Int).SetBytes(t.signature[:size]), new(big.Int).SetBytes(t.signature[size:])
		if !ecdsa.Verify(key, digest, r, s) {
			return invalid("signature")
		}
	case *rsa.PublicKey:
		var err error
		switch t.algorithm.family {
		case "RS":
			err = rsa.VerifyPKCS1v15(key, t.algorithm.hash, digest, t.signature)
		case "PS": // RFC 7518 §3.5: the salt is as long as the hash
			err = rsa.VerifyPSS(key, t.algorithm.hash, digest, t.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		default:
			return invalid("algorithm_of_key")
		}
		if err != nil {
			return invalid("signature")
		}
	default:
		return invalid("algorithm_of_key")
	}
	return nil
}
