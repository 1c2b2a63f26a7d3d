package oauth

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// ErrNotGenuine says that a text is not a record signed by one of these keys.
var ErrNotGenuine = errors.New("not a genuine record")

// VerifyProof checks the record of a login against a set of public keys, with no network, and gives
// what it says. It takes nothing else that is signed here for a record, and nothing that names no
// key of the set. An issuer, if one is given, must be the record's.
func VerifyProof(token string, set jose.JSONWebKeySet, issuer string) (claims []byte, kid string, err error) {
	claims, kid, err = VerifyRecord(token, TypProof, set, issuer)
	var said struct {
		ID string `json:"jti"`
	}
	if err == nil && (json.Unmarshal(claims, &said) != nil || said.ID == "") {
		return nil, "", fmt.Errorf("%w: it is of no login", ErrNotGenuine)
	}
	return claims, kid, err
}

// VerifyRecord is VerifyProof for a record of another type of ours.
func VerifyRecord(token, typ string, set jose.JSONWebKeySet, issuer string) (claims []byte, kid string, err error) {
	signed, err := jose.ParseSignedCompact(token, signatureAlgs())
	if err != nil {
		return nil, "", fmt.Errorf("%w: not a signed token", ErrNotGenuine)
	}
	header := signed.Signatures[0].Protected
	if typOf(header) != typ {
		return nil, "", fmt.Errorf("%w: it says that it is something else", ErrNotGenuine)
	}
	for _, key := range set.Key(header.KeyID) {
		if !key.IsPublic() || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		payload, err := signed.Verify(key)
		if err != nil {
			continue
		}
		var said struct {
			Issuer string `json:"iss"`
		}
		if json.Unmarshal(payload, &said) != nil || issuer != "" && said.Issuer != issuer {
			return nil, "", fmt.Errorf("%w: it is of another issuer", ErrNotGenuine)
		}
		return payload, header.KeyID, nil
	}
	return nil, "", fmt.Errorf("%w: none of these keys signed it", ErrNotGenuine)
}

// RecordType gives the type that a record says it is of, "" for what is no signed token. It proves nothing.
func RecordType(token string) string {
	signed, err := jose.ParseSignedCompact(token, signatureAlgs())
	if err != nil {
		return ""
	}
	return typOf(signed.Signatures[0].Protected)
}

func typOf(header jose.Header) string {
	typ, _ := header.ExtraHeaders[jose.HeaderType].(string)
	return typ
}
