package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// Kind says what a bearer string is. One kind is never taken for another.
type Kind byte

// The kinds of bearer.
const (
	LoginCookie Kind = iota + 1
	SessionCookie
	Code
	AccessToken
	RefreshToken
	OneTimeHandle
	DoorCookie
)

// String names the kind, for derivation and associated data.
func (k Kind) String() string {
	names := [...]string{"", "login", "session", "code", "access", "refresh", "handle", "door"}
	if int(k) >= len(names) {
		return ""
	}
	return names[k]
}

// RowID is a row's primary key: 48 bits of milliseconds, then 80 random bits.
type RowID [16]byte

// NewRowID draws a row id.
func NewRowID(now time.Time) RowID {
	id := FirstRowID(now)
	_, _ = rand.Read(id[6:])
	return id
}

// FirstRowID is the least id of a moment.
func FirstRowID(at time.Time) (id RowID) {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	return id
}

// String gives the id in hexadecimal.
func (id RowID) String() string { return hex.EncodeToString(id[:]) }

// Short gives eight characters that name the row in a URL or a cookie's name: not secret, and
// not enough to find the row.
func (id RowID) Short() string { return base64.RawURLEncoding.EncodeToString(id[10:]) }

// Bearer is what a cookie, code or token says: which row, which generation of it, and the secret.
type Bearer struct {
	Kind   Kind
	Row    RowID
	Gen    uint32
	Secret [32]byte
}

// NewBearer draws a secret for a row.
func NewBearer(kind Kind, row RowID, gen uint32) Bearer {
	b := Bearer{Kind: kind, Row: row, Gen: gen}
	_, _ = rand.Read(b.Secret[:])
	return b
}

// String hides the bearer.
func (Bearer) String() string { return "[bearer]" }

// Digest is what the row keeps of the secret.
func (b Bearer) Digest() [32]byte { return sha256.Sum256(b.Secret[:]) }

func (b Bearer) place() string { return b.Kind.String() + " " + b.Row.String() }

// ErrBearer says that a string is not one that this installation gave out.
var ErrBearer = errors.New("seal: not a bearer of ours")

const (
	version    = 1
	tagSize    = 16
	bearerSize = 2 + 1 + 16 + 4 + 32 + tagSize
)

// Mint writes and reads bearer strings with a tag under a key outside the database, so that
// rubbish costs no query.
type Mint struct{ Keys []TagKey } // the first one tags; all are accepted

// TagKey is one key of a Mint.
type TagKey struct {
	ID  byte
	Key [32]byte
}

// Encode writes base64url(version 1 | key id 1 | kind 1 | row 16 | generation 4 | secret 32 | tag 16).
func (m Mint) Encode(b Bearer) string {
	raw := make([]byte, 0, bearerSize)
	raw = append(raw, version, m.Keys[0].ID, byte(b.Kind))
	raw = append(raw, b.Row[:]...)
	raw = binary.BigEndian.AppendUint32(raw, b.Gen)
	raw = append(raw, b.Secret[:]...)
	raw = append(raw, tag(m.Keys[0].Key, raw)...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Parse reads what Encode wrote, of the wanted kind only, or says ErrBearer.
func (m Mint) Parse(kind Kind, text string) (Bearer, error) {
	if len(text) != base64.RawURLEncoding.EncodedLen(bearerSize) {
		return Bearer{}, ErrBearer
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || raw[0] != version || Kind(raw[2]) != kind {
		return Bearer{}, ErrBearer
	}
	body, got := raw[:bearerSize-tagSize], raw[bearerSize-tagSize:]
	for _, k := range m.Keys {
		if k.ID == raw[1] && hmac.Equal(tag(k.Key, body), got) {
			b := Bearer{Kind: kind, Gen: binary.BigEndian.Uint32(raw[19:])}
			copy(b.Row[:], raw[3:])
			copy(b.Secret[:], raw[23:])
			return b, nil
		}
	}
	return Bearer{}, ErrBearer
}

func tag(key [32]byte, body []byte) []byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte("symbolon bearer"))
	mac.Write(body)
	return mac.Sum(nil)[:tagSize]
}

// Successor derives the next secret of a row from the one presented, so that repeating an answer
// gives the very same answer and writes nothing: HMAC(key, kind | row | presented | salt).
func Successor(key [32]byte, kind Kind, gen uint32, presented Bearer, row RowID, salt []byte) Bearer {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte{byte(kind), byte(presented.Kind)})
	mac.Write(row[:])
	mac.Write(presented.Secret[:])
	mac.Write(salt)
	next := Bearer{Kind: kind, Row: row, Gen: gen}
	copy(next.Secret[:], mac.Sum(nil))
	return next
}

// ParseRowID reads what RowID.String wrote.
func ParseRowID(text string) (RowID, error) {
	var id RowID
	if len(text) != hex.EncodedLen(len(id)) {
		return RowID{}, ErrBearer
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return RowID{}, ErrBearer
	}
	return id, nil
}
