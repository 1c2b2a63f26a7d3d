package oauth

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// ErrNotGenuine says that a text is not the record of a login signed by one of these keys.
var ErrNotGenuine = errors.New("not a genuine record of a login")

// VerifyProof checks the record of a login against a set of public keys, with no network, and gives
// what it says. It takes nothing else that is signed here for a record, and nothing that names no
// key of the set. An issuer, if one is given, must be the record's.
func VerifyProof(token string, set jose.JSONWebKeySet, issuer string) (claims []byte, kid string, err error) {
	signed, err := jose.ParseSignedCompact(token, signatureAlgs())
	if err != nil {
		return nil, "", fmt.Errorf("%w: not a signed token", ErrNotGenuine)
	}
	header := signed.Signatures[0].Protected
	if typ, _ := header.ExtraHeaders[jose.HeaderType].(string); typ != TypProof {
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
			ID     string `json:"jti"`
		}
		if json.Unmarshal(payload, &said) != nil || said.ID == "" || issuer != "" && said.Issuer != issuer {
			return nil, "", fmt.Errorf("%w: it is of another issuer", ErrNotGenuine)
		}
		return payload, header.KeyID, nil
	}
	return nil, "", fmt.Errorf("%w: none of these keys signed it", ErrNotGenuine)
}
