package login

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/seal"
)

// A handle is the state that a connector sends upstream: which login it belongs to, when it was
// made, a nonce that only the leg knows, and a MAC over these and the means. It carries no secret:
// what binds the answer to the browser is the login's cookie.
//
//	base64url( last 6 bytes of the login's id | unix seconds 4 | nonce 16 | MAC 16 )
const (
	handleShort = 6
	handleNonce = 16
	handleMAC   = 16
	handleSize  = handleShort + 4 + handleNonce + handleMAC
)

func (s *Service) newHandle(id seal.RowID, means identity.Means, now time.Time) string {
	raw := make([]byte, 0, handleSize)
	raw = append(raw, id[len(id)-handleShort:]...)
	raw = binary.BigEndian.AppendUint32(raw, uint32(now.Unix()))
	var nonce [handleNonce]byte
	_, _ = rand.Read(nonce[:])
	raw = append(raw, nonce[:]...)
	return base64.RawURLEncoding.EncodeToString(append(raw, s.handleTag(means, raw)...))
}

// HandleLogin says which login (by its eight characters) a state that came back belongs to. False
// for anything that was not made here for this means within the last ten minutes.
func (s *Service) HandleLogin(means identity.Means, handle string) (short string, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(handle)
	if err != nil || len(raw) != handleSize {
		return "", false
	}
	body, mac := raw[:handleSize-handleMAC], raw[handleSize-handleMAC:]
	if !hmac.Equal(mac, s.handleTag(means, body)) {
		return "", false
	}
	made := time.Unix(int64(binary.BigEndian.Uint32(body[handleShort:])), 0)
	if age := s.Now().Sub(made); age > s.Lifetimes.Leg || age < -time.Minute {
		return "", false
	}
	return base64.RawURLEncoding.EncodeToString(body[:handleShort]), true
}

func (s *Service) handleTag(means identity.Means, body []byte) []byte {
	return s.mac("handle "+string(means), body)[:handleMAC]
}

// FormToken is the hidden field of a form: bound to the login's secret and to the form.
func (s *Service) FormToken(l *Login, form string) string {
	return base64.RawURLEncoding.EncodeToString(s.mac("form "+form, l.Bearer.Secret[:]))
}

// CheckForm reports whether the token was made for this login and form.
func (s *Service) CheckForm(l *Login, form, token string) bool {
	return hmac.Equal([]byte(s.FormToken(l, form)), []byte(token))
}

func (s *Service) mac(use string, body []byte) []byte {
	mac := hmac.New(sha256.New, s.HandleKey[:])
	mac.Write([]byte(use))
	mac.Write([]byte{0})
	mac.Write(body)
	return mac.Sum(nil)
}
