package eid

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
)

// carried is what the browser carries from one host to the other, sealed: a ticket to the card host, and back
// what that host saw.
type carried struct {
	Handle      string `json:"h"`           // of the leg it belongs to
	Return      string `json:"r,omitempty"` // where a ticket's bearer goes on
	Until       int64  `json:"u"`           // milliseconds
	Nonce       string `json:"n"`
	Certificate []byte `json:"c,omitempty"` // DER, as the handshake proved it
}

// What is sealed for one host does not open at the other.
const (
	forTicket = "ticket"
	forHub    = "seen"
)

// longestCarried is more than any certificate of a card makes.
const longestCarried = 16 << 10

func nonce() string { return rand.Text() }

func (c *Connector) aead() cipher.AEAD {
	block, err := aes.NewCipher(c.deps.Key[:])
	if err != nil {
		panic("eid: a key of 32 bytes") // cannot be
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("eid: AES") // cannot be
	}
	return gcm
}

// seal binds to the purpose and to this means, so that no other means opens it.
func (c *Connector) seal(purpose string, v carried) string {
	plain, err := json.Marshal(v)
	if err != nil {
		panic("eid: texts and bytes marshal") // cannot be
	}
	return base64.RawURLEncoding.EncodeToString(c.aead().Seal(nil, nil, plain, c.place(purpose)))
}

func (c *Connector) open(purpose, text string) (carried, bool) {
	if len(text) > longestCarried {
		return carried{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return carried{}, false
	}
	plain, err := c.aead().Open(nil, nil, raw, c.place(purpose))
	if err != nil {
		return carried{}, false
	}
	var v carried
	if json.Unmarshal(plain, &v) != nil {
		return carried{}, false
	}
	return v, true
}

func (c *Connector) place(purpose string) []byte {
	return []byte("eid " + purpose + " " + string(c.settings.ID))
}
