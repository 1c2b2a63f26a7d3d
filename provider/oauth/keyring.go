package oauth

import (
	"time"

	"symbolon/provider/keys"
)

// FromKeys lets the signing keys of a folder sign here.
func FromKeys(s *keys.Signing) Signing { return folder{s} }

type folder struct{ keys *keys.Signing }

// Active gives the key that signs now.
func (f folder) Active(alg string, now time.Time) (SigningKey, bool) {
	key, ok := f.keys.Active(keys.Algorithm(alg), now)
	if !ok {
		return SigningKey{}, false
	}
	return fromKey(key), true
}

// Published gives the keys that verifiers must know now.
func (f folder) Published(now time.Time) []SigningKey { return fromKeys(f.keys.Published(now)) }

// History gives all keys that ever signed.
func (f folder) History() []SigningKey { return fromKeys(f.keys.History()) }

func fromKey(k keys.SigningKey) SigningKey {
	return SigningKey{ID: k.ID, Alg: string(k.Algorithm), Public: k.Public(), Signer: k}
}

func fromKeys(ks []keys.SigningKey) []SigningKey {
	all := make([]SigningKey, len(ks))
	for i, k := range ks {
		all[i] = fromKey(k)
	}
	return all
}
